import { dataSchemaName, type RollupPart, rollupName } from '../../catalog/rollup.ts';
import { type Column, schemaName, type Table } from '../../catalog/table.ts';
import { type Micros, microsToIso } from '../../metric/time.ts';
import { qualifiedName, quoteName } from '../table-sql.ts';
import { type Before, bucketMicros, type Kept, type RangePlan, type Segment } from './range.ts';

/** What one history statement is about; every name in it comes from the catalog. */
export interface HistoryPlan {
  readonly table: Table;
  readonly metric: Column;
  /** Columns of the identity, in the order of the table. */
  readonly identity: readonly Column[];
  /** Columns of the identity that must have a value. */
  readonly where: readonly (readonly [column: Column, value: string])[];
  readonly range: RangePlan;
  /** Where to look for the last part of each thing before the range. */
  readonly before: readonly Before[];
  /** Until when the tables of rollups are filled; undefined where there are no such tables. */
  readonly stored: Kept['stored'] | undefined;
}

/** The values of a statement, each numbered as it is first needed. */
export class Values {
  readonly list: unknown[] = [];

  add(value: unknown, type: string): string {
    this.list.push(value);
    return `$${this.list.length}::${type}`;
  }

  /** As a constant that the planner knows, so that partitions outside of it are not even looked at. */
  time(time: Micros): string {
    return this.add(microsToIso(time), 'timestamptz');
  }
}

/**
 * One figure of a part. A part is what is known of a thing in a bucket of a rollup, or a row as it came: a bucket whose
 * first and last sample are the same.
 */
export interface PartColumn {
  readonly name: string;
  /** Its expression in the table of rows; `value` is the metric's column. */
  readonly ofRow: string;
  /** What a rollup has of the metric for it. */
  readonly ofRollup: RollupPart;
}

/** Whether the buckets of a segment are steps. */
export function isStep({ range }: HistoryPlan, { resolution }: Pick<Segment, 'resolution'>): boolean {
  return bucketMicros[resolution] === range.stepMicros;
}

export function hasSteps(plan: HistoryPlan): boolean {
  return plan.range.segments.some((segment) => isStep(plan, segment));
}

interface Wanted {
  readonly columns: readonly PartColumn[];
  readonly values: Values;
}

/** A query for identity, `time` and `columns` of the parts within segments, and whether each is a step. */
export function partsInside(
  plan: HistoryPlan,
  segments: readonly Segment[],
  { columns, values }: Wanted,
): string {
  return segments
    .map((segment) => partsText(plan, segment, { columns, conditions: inside(plan, segment, values) }))
    .join('\n      union all ');
}

/** The identities of all that has rows within the range, whether the metric is known of it or not: that is read twice as fast. */
function thingsInside(plan: HistoryPlan, values: Values): string {
  return plan.range.segments
    .map((segment) => {
      const conditions = inside(plan, segment, values).join(' and ');
      return `select ${namesOf(plan)} from ${relationOf(plan, segment)} where ${conditions}`;
    })
    .join('\n      union all ');
}

function inside({ where }: HistoryPlan, { from, to }: Segment, values: Values): readonly string[] {
  return [
    `time >= ${values.time(from)}`,
    `time < ${values.time(to)}`,
    ...where.map(([{ name }, value]) => `${quoteName(name)} = ${values.add(value, 'text')}`),
  ];
}

/**
 * Common table expressions: `series` numbers the things that have rows within the range, for numbers are quicker to sort and
 * to group by than identities, and `known` has their parts there and the last one of each before the range.
 */
export function knownParts(plan: HistoryPlan, columns: readonly PartColumn[], values: Values): string {
  const names = namesOf(plan);
  const figures = columns.map(({ name }) => name).join(', ');
  return `series as materialized (
      select *, row_number() over () as series
      from (select distinct ${names} from (${thingsInside(plan, values)}) as inside) as things
    ), before as (
      select series.series, found.* from series cross join lateral (
        ${latestBefore(plan, columns, values)}
      ) as found
    ), known as (
      select series, time, is_step, ${figures} from (
      ${partsInside(plan, plan.range.segments, { columns, values })}) as inside join series using (${names})
      union all select series, time, false, ${figures} from before
    )`;
}

function latestBefore(plan: HistoryPlan, columns: readonly PartColumn[], values: Values): string {
  const { identity, before } = plan;
  const same = identity.map(({ name }) => `${quoteName(name)} = series.${quoteName(name)}`);
  const latest = before.map((place) => {
    const conditions = [...same, `time < ${values.time(place.to)}`];
    return `(${partsText(plan, place, { columns, conditions })} order by time desc limit 1)`;
  });
  return `select * from (${latest.join(' union all ')}) as latest order by time desc limit 1`;
}

interface Chosen {
  readonly columns: readonly PartColumn[];
  readonly conditions: readonly string[];
}

function partsText(plan: HistoryPlan, segment: Before, { columns, conditions }: Chosen): string {
  const { metric } = plan;
  const isRow = segment.resolution === 'raw';
  const known = isRow ? `${quoteName(metric.name)} is not null` : `${quoteName(`${metric.name}_count`)} > 0`;
  const selected = columns.map(({ name, ofRow, ofRollup }) => {
    const ownRow = ofRow === 'value' ? quoteName(metric.name) : ofRow;
    return `${isRow ? ownRow : quoteName(`${metric.name}_${ofRollup}`)} as ${name}`;
  });
  return `select ${[namesOf(plan), 'time', `${isStep(plan, segment)} as is_step`, ...selected].join(', ')}
      from ${relationOf(plan, segment)} where ${[...conditions, known].join(' and ')}`;
}

/** The view of a rollup also reckons what is not yet stored; where that is not asked for, its table spares the planner much. */
function relationOf({ table, stored }: HistoryPlan, { resolution, to }: Before): string {
  if (resolution === 'raw') return qualifiedName(table);
  const isStored = stored !== undefined && to <= stored[resolution];
  return `${isStored ? dataSchemaName : schemaName}.${quoteName(rollupName(table.name, resolution))}`;
}

export function namesOf({ identity }: HistoryPlan): string {
  return identity.map(({ name }) => quoteName(name)).join(', ');
}
