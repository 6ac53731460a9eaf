import type { HistoryQuery } from '../db/ports.ts';
import type { AnyEntity } from '../metric/define.ts';
import { type Micros, microsToIso } from '../metric/time.ts';
import { constantsOf, filtersOf, identityNames } from './filters.ts';
import { type ChosenMetric, chooseMetric } from './metric-parameter.ts';
import { badParameters } from './problem.ts';
import { chooseStep, roundStep } from './step.ts';
import { type Moment, resolveMoment } from './time-parameter.ts';

/** The parameters of a history request besides those that are named as attributes. */
interface HistoryParameters {
  readonly metric: string;
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
  readonly step?: number | undefined;
}

export interface HistoryRequest {
  readonly query: HistoryQuery;
  readonly chosen: ChosenMetric;
}

interface Asked {
  readonly entity: AnyEntity;
  readonly parameters: HistoryParameters;
  /** All parameters, as they came. */
  readonly all: Readonly<Record<string, unknown>>;
  readonly now: Micros;
  readonly intervalSeconds: number;
}

const defaultRangeSeconds = 3600;
const defaultPoints = 300;
/** Of one series. */
const mostPoints = 11_000;
/** Of all series of one answer: about 5 MB of JSON. */
const mostPointsTogether = 55_000;

/** Makes a query of the parameters of a request, or throws a 400 that says which of them is wrong and what would do. */
export function historyRequest({ entity, parameters, all, now, intervalSeconds }: Asked): HistoryRequest {
  const constants = new Set(
    Object.values(entity.metrics).flatMap((metric) => Object.keys(constantsOf(metric))),
  );
  const filters = filtersOf(
    all,
    ['entity', 'metric', 'from', 'to', 'step'],
    [...identityNames(entity), ...constants],
  );
  const among = (names: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(filters).filter(([name]) => names.has(name)));
  const chosen = chooseMetric(entity, parameters.metric, among(constants));
  const range = rangeOf(parameters, now);
  const stepSeconds = stepOf(parameters.step, range, intervalSeconds);
  const points = Math.ceil(secondsOf(range) / stepSeconds) + 1;
  return {
    chosen,
    query: {
      entity: entity.name,
      metric: chosen.key,
      ...range,
      stepSeconds,
      where: among(new Set(identityNames(entity))),
      maxSeries: Math.max(1, Math.floor(mostPointsTogether / points)),
    },
  };
}

type Range = Pick<HistoryQuery, 'from' | 'to'>;

function secondsOf({ from, to }: Range): number {
  return (to - from) / 1e6;
}

function rangeOf({ from, to }: HistoryParameters, now: Micros): Range {
  const end = to === undefined ? now : resolveMoment(to, now);
  const start = from === undefined ? end - defaultRangeSeconds * 1e6 : resolveMoment(from, now);
  if (start < 0) {
    throw badParameters([{ parameter: 'from', message: 'lies before 1970', accepted: 'a later time' }]);
  }
  if (start >= end) {
    const message = 'is not before to';
    const accepted = `a time before ${microsToIso(end)}`;
    throw badParameters([{ parameter: 'from', value: microsToIso(start), message, accepted }]);
  }
  return { from: start, to: end };
}

function stepOf(step: number | undefined, range: Range, intervalSeconds: number): number {
  const seconds = secondsOf(range);
  if (step === undefined) return chooseStep(seconds, intervalSeconds, defaultPoints);
  if (seconds / step <= mostPoints) return step;
  throw badParameters([
    {
      parameter: 'step',
      value: `${step}s`,
      message: `gives ${Math.ceil(seconds / step)} points, more than ${mostPoints}`,
      accepted: `${roundStep(seconds / mostPoints)}s or more for this range, or a shorter range`,
    },
  ]);
}
