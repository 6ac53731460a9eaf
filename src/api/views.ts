import type { Catalog } from '../catalog/catalog.ts';
import { findEntity } from '../catalog/catalog.ts';
import type { AnyEntity, AnyMetric } from '../metric/define.ts';
import type { Row, Value } from '../metric/row.ts';
import { microsFromMs, microsToIso } from '../metric/time.ts';
import type { Outcome, Snapshot } from '../snapshot/snapshot.ts';
import type { ApiDeps } from './deps.ts';
import type { Figure, MetricView, SnapshotHead, StatusView } from './schemas.ts';

/** A value as JSON can say it; what is no figure is absent. */
export function figureOf(value: Value | undefined): Figure | undefined {
  if (typeof value === 'bigint') return value.toString();
  return Number.isFinite(value) ? value : undefined;
}

export function metricView(metric: AnyMetric): MetricView {
  const { name, kind } = metric;
  if (metric.kind === 'stateset') return { name, kind };
  const constants = metric.with === undefined ? {} : { with: { ...metric.with } };
  return { name, ...constants, kind, ...(metric.unit === '' ? {} : { unit: metric.unit }) };
}

export function snapshotHead({ id, sequence, time, durationMs }: Snapshot): SnapshotHead {
  return { id, sequence, time: microsToIso(time), durationSeconds: durationMs / 1000 };
}

export function ageSeconds(snapshot: Snapshot, nowMs: number): number {
  return Math.max(0, microsFromMs(nowMs) - snapshot.time) / 1e6;
}

/** A snapshot for people and programs, with only the rows that are `wanted`. */
export function statusView(
  snapshot: Snapshot,
  { catalog, clock, intervalSeconds }: Pick<ApiDeps, 'catalog' | 'clock' | 'intervalSeconds'>,
  wanted: (row: Row) => boolean = () => true,
): StatusView {
  return {
    snapshot: { ...snapshotHead(snapshot), ageSeconds: ageSeconds(snapshot, clock.now()) },
    intervalSeconds,
    collectors: snapshot.outcomes.map(outcomeView),
    findings: snapshot.findings.map(({ kind, message }) => ({ kind, message })),
    entities: entitiesView(catalog, snapshot.rows.filter(wanted)),
  };
}

function outcomeView({ durationMs, problems, collector, ok, rows, errorType, message }: Outcome) {
  return {
    collector,
    ok,
    durationSeconds: durationMs / 1000,
    rows,
    problems: problems.length,
    ...(errorType === undefined ? {} : { errorType }),
    ...(message === undefined ? {} : { message }),
  };
}

function entitiesView(catalog: Catalog, rows: readonly Row[]): StatusView['entities'] {
  const byEntity = Map.groupBy(rows, (row) => row.entity);
  return Object.fromEntries(
    [...byEntity].map(([name, ofEntity]) => [
      name,
      { metrics: metricsView(findEntity(catalog, name)), rows: ofEntity.map(rowView) },
    ]),
  );
}

function metricsView(entity: AnyEntity | undefined): Record<string, MetricView> {
  return Object.fromEntries(
    Object.entries(entity?.metrics ?? {}).map(([key, metric]) => [key, metricView(metric)]),
  );
}

function rowView({ identity, info, time, start, values, states }: Row) {
  const figures = Object.entries(values).flatMap(([key, value]) => {
    const figure = figureOf(value);
    return figure === undefined ? [] : [[key, figure] as const];
  });
  return {
    identity: { ...identity },
    info: { ...info },
    time: microsToIso(time),
    ...(start === undefined ? {} : { start: microsToIso(start) }),
    values: Object.fromEntries(figures),
    states: { ...states },
  };
}
