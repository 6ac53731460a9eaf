import { z } from 'zod';
import { findEntity, storedEntities } from '../../catalog/catalog.ts';
import { bucketWidths } from '../../catalog/rollup.ts';
import { TooManySeriesError } from '../../db/history/history.ts';
import type { History, HistoryPoint, HistoryQuery } from '../../db/ports.ts';
import type { AnyMetric } from '../../metric/define.ts';
import { microsFromMs, microsToIso } from '../../metric/time.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { ApiServer } from '../api-server.ts';
import type { ApiDeps } from '../deps.ts';
import { constantsOf, filterParameters, identityNames, textParameter } from '../filters.ts';
import { type HistoryRequest, historyRequest } from '../history-request.ts';
import { ProblemError, problemSchema } from '../problem.ts';
import { type HistoryView, historySchema } from '../schemas.ts';
import { durationParameter, momentParameter } from '../time-parameter.ts';
import { figureOf, metricView } from '../views.ts';

const queryTimeoutMs = 10_000;

export function historyRoute(app: ApiServer, deps: ApiDeps): void {
  const { catalog, history, clock, intervalSeconds } = deps;
  const entities = storedEntities(catalog);
  const attributes = entities.flatMap((entity) => [
    ...identityNames(entity),
    ...Object.values(entity.metrics).flatMap((metric) => Object.keys(constantsOf(metric))),
  ]);
  const names = entities.map(({ name }) => name);
  const querystring = z.strictObject({
    entity: z.enum(names, { error: 'is no entity' }).describe(names.join(', ')),
    metric: textParameter('the key or OpenTelemetry name of a metric of the entity, or its column'),
    from: momentParameter,
    to: momentParameter,
    step: durationParameter,
    ...filterParameters(attributes),
  });
  const summary = 'One metric over time, a point per step, a series per thing.';
  app.get(
    '/telemetry/history',
    { schema: { summary, querystring, response: { 200: historySchema, 503: problemSchema } } },
    async ({ query, signal }) => {
      if (history === undefined) {
        throw new ProblemError(
          'no_history',
          'nothing is stored here: there is no history without a database',
        );
      }
      const entity = findEntity(catalog, query.entity);
      if (entity === undefined) throw new ProblemError('not_found', `there is no entity ${query.entity}`);
      const now = microsFromMs(clock.now());
      const request = historyRequest({ entity, parameters: query, all: query, now, intervalSeconds });
      const deadline = AbortSignal.timeout(queryTimeoutMs);
      try {
        const found = await history.history(request.query, AbortSignal.any([signal, deadline]));
        return historyView(request, found);
      } catch (thrown) {
        throw askingTooMuch(thrown) ?? thrown;
      }
    },
  );
}

function askingTooMuch(thrown: unknown): ProblemError | undefined {
  if (thrown instanceof TooManySeriesError) return new ProblemError('invalid_request', thrown.message);
  if (!(thrown instanceof TelemetryError) || thrown.code !== 'timeout') return undefined;
  const detail =
    'reading this much took too long: ask for a shorter range, or narrow it by identity attributes';
  return new ProblemError('unavailable', detail, { cause: thrown });
}

function historyView({ chosen, query }: HistoryRequest, found: History): HistoryView {
  const note = noteOn(query, found);
  return {
    entity: query.entity,
    metric: { key: chosen.key, ...metricView(chosen.metric) },
    aggregation: aggregationOf(chosen.metric),
    from: microsToIso(found.from),
    to: microsToIso(found.to),
    stepSeconds: found.stepSeconds,
    resolution: found.resolution,
    ...(note === undefined ? {} : { note }),
    series: found.series.map(({ identity, points }) => ({
      identity: { ...identity },
      points: points.map(pointView),
    })),
  };
}

/** Says where the answer is coarser than the question. */
function noteOn(asked: HistoryQuery, { from, to, stepSeconds, resolution }: History): string | undefined {
  const isStepWider = stepSeconds > asked.stepSeconds;
  if (!isStepWider && from >= asked.from && to <= asked.to) return undefined;
  const width = resolution === 'raw' ? bucketWidths['5m'] : bucketWidths[resolution];
  const step = isStepWider ? `the step of ${asked.stepSeconds} s became ${stepSeconds} s, and ` : '';
  return `so far back no more than rollups of ${width} are kept: ${step}the range was widened to whole buckets`;
}

function aggregationOf({ kind }: AnyMetric): HistoryView['aggregation'] {
  if (kind === 'counter') return 'increase';
  return kind === 'stateset' ? 'last' : 'average';
}

function pointView(point: HistoryPoint) {
  const { time, value, min, max, state, stateMicros, unknownMicros, samples } = point;
  return {
    time: microsToIso(time),
    value: figureOf(value),
    min: figureOf(min),
    max: figureOf(max),
    state,
    ...(stateMicros === undefined ? {} : { states: secondsOf(stateMicros) }),
    ...(unknownMicros === undefined ? {} : { unknownSeconds: unknownMicros / 1e6 }),
    samples,
  };
}

function secondsOf(micros: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(micros).map(([state, time]) => [state, time / 1e6]));
}
