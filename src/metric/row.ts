import type { AnyEntity, Entity, NumberMetric } from './define.ts';
import type { Micros } from './time.ts';

/** A bigint only where a double could not hold the integer exactly. */
export type Value = number | bigint;

export type Attributes = Readonly<Record<string, string>>;

/**
 * One entity at one time: the only shape of data between collectors, instruments, OTLP and the database.
 * `values` and `states` are keyed as the entity's `metrics`; what is unknown has no key.
 */
export interface Row {
  readonly entity: string;
  readonly time: Micros;
  /** When the counters of this row began to count; only where there is a counter and its start is known. */
  readonly start?: Micros;
  readonly identity: Attributes;
  readonly info: Attributes;
  readonly values: Readonly<Record<string, Value>>;
  readonly states: Readonly<Record<string, string>>;
}

/** Reads a sample by its entity's definition. What `read` does not know, or what is no true figure, stays absent. */
export function toRow<S>(entity: Entity<S>, sample: S, time: Micros): Row {
  const values: Record<string, Value> = {};
  const states: Record<string, string> = {};
  let counts = false;
  for (const [key, metric] of Object.entries(entity.metrics)) {
    if (metric.kind === 'stateset') {
      const state = metric.read(sample);
      if (state !== undefined) states[key] = state;
      continue;
    }
    const value = metric.read(sample);
    if (value === undefined || !isTrueFigure(metric, value)) continue;
    values[key] = value;
    counts ||= metric.kind === 'counter';
  }
  const start = counts ? entity.start?.(sample) : undefined;
  const row = {
    entity: entity.name,
    time,
    identity: readIdentity(entity, sample),
    info: readInfo(entity, sample),
  };
  return start === undefined ? { ...row, values, states } : { ...row, start, values, states };
}

/** No figure is infinite or not a number, no count falls below zero, and what is counted in whole things is whole. */
function isTrueFigure(metric: NumberMetric<never>, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (metric.kind === 'counter' && value < 0) return false;
  return metric.value === 'double' || Number.isSafeInteger(value);
}

/** Half a character, as what cuts texts by length leaves it, is none that JSON can carry to others. */
function readIdentity<S>(entity: Entity<S>, sample: S): Attributes {
  const attributes = Object.entries(entity.identity);
  return Object.fromEntries(attributes.map(([key, { read }]) => [key, read(sample).toWellFormed()]));
}

function readInfo<S>(entity: Entity<S>, sample: S): Attributes {
  const info: Record<string, string> = {};
  for (const [key, { read }] of Object.entries(entity.info)) {
    const text = read(sample);
    if (text !== undefined && text !== '') info[key] = text.toWellFormed();
  }
  for (const [prefix, { read }] of Object.entries(entity.infoMaps)) {
    for (const [name, text] of Object.entries(read(sample)))
      if (text !== '') info[prefix + name] = text.toWellFormed();
  }
  return info;
}

/** The same text for the same thing: entity and identity, without the time. */
export function identityKey(row: Pick<Row, 'entity' | 'identity'>): string {
  const pairs = Object.entries(row.identity).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([row.entity, ...pairs.flat()]);
}

/** The `<entity>.info` metric that carries a row's info attributes. */
export function infoMetricName(entity: Pick<AnyEntity, 'name'>): string {
  return `ciris.${entity.name}.info`;
}
