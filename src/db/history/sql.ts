import { dataSchemaName, type RollupColumn, rollupName } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { type Micros, microsToIso } from '../../metric/time.ts';
import { aggregateText } from '../layout/rollup-sql.ts';
import { qualifiedName, quoteName } from '../table-sql.ts';
import { listText } from './lists.ts';
import { columnOf, type HistoryPlan, isGrouped, type Reading } from './parts.ts';
import type { Before, Segment } from './range.ts';

export interface HistoryStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The values of a statement, each numbered as it is needed. */
class Values {
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

/** What a statement is made of besides its plan. */
interface Making {
  readonly reading: Reading;
  readonly figures: readonly RollupColumn[];
  readonly values: Values;
}

/**
 * The statement whose rows are series, of which there are `limit` at most: the identity as JSON, then of each figure the list of
 * those of its parts within the range, then, where that matters, likewise of the last part before it. Lists and not
 * rows, for with them the answer is written and read in half the time. What follows from one part to the next is left to whoever
 * reads them: a window takes longer than all the rest.
 */
export function historyStatement(plan: HistoryPlan, reading: Reading, limit: number): HistoryStatement {
  const figures = reading.figures.map((figure) => columnOf(plan, figure));
  const making = { reading, figures, values: new Values() };
  const names = namesOf(plan.identity);
  const lists = figures.map(({ name, type }) => `${listText(quoteName(name), type)} as ${quoteName(name)}`);
  const segments = plan.range.segments.map((segment) => partsText(plan, segment, making));
  const identity = plan.identity.map(({ name }) => `inside.${quoteName(name)}`).join(', ');
  const looksBefore = reading.followsOn;
  const from = looksBefore ? ['inside', 'before'] : ['inside'];
  const columns = from.flatMap((place) => figures.map(({ name }) => `${place}.${quoteName(name)}`));
  // Apart, so that the limit does not make the planner read rows in an order that gives the first series soon and all of them late.
  const text = `
    with inside as materialized (
      select ${names}, ${lists.join(', ')} from (
        ${segments.join('\n        union all ')}
      ) as parts
      group by ${names}
    )
    select json_build_array(${identity})::text, ${columns.join(', ')}
    from inside${looksBefore ? beforeText(plan, lists, making) : ''} limit ${making.values.add(limit, 'bigint')}`;
  return { text, values: making.values.list };
}

function beforeText(plan: HistoryPlan, lists: readonly string[], making: Making): string {
  return ` cross join lateral (
      select ${lists.join(', ')} from (${latestBefore(plan, making)}) as latest
    ) as before`;
}

/** Start of the bucket or step, identity and figures of the parts in a segment. */
function partsText(plan: HistoryPlan, segment: Segment, { reading, figures, values }: Making): string {
  const conditions = [
    `time >= ${values.time(segment.from)}`,
    `time < ${values.time(segment.to)}`,
    ...plan.where.map(([{ name }, value]) => `${quoteName(name)} = ${values.add(value, 'text')}`),
    isKnown(plan, segment),
  ].join(' and ');
  const columns = partColumns(plan, figures);
  const relation = relationOf(plan, segment);
  if (!isGrouped(plan.range, segment, reading))
    return `select ${namesOf(columns)} from ${relation} where ${conditions}`;
  const width = `${values.add(plan.range.stepMicros, 'bigint')} * interval '1 microsecond'`;
  return aggregateText(plan.rollup, columns, {
    relation,
    holds: segment.resolution === 'raw' ? 'samples' : 'parts',
    bucketing: { expression: `date_bin(${width}, time, timestamptz 'epoch')` },
    where: conditions,
  });
}

/** Figures of the part that is last of all places. */
function latestBefore(plan: HistoryPlan, { figures, values }: Making): string {
  const same = plan.identity.map(({ name }) => `${quoteName(name)} = inside.${quoteName(name)}`);
  const found = plan.before.map((place) => {
    const conditions = [...same, `time < ${values.time(place.to)}`, isKnown(plan, place)].join(' and ');
    const latest = `${relationOf(plan, place)} where ${conditions} order by time desc limit 1`;
    if (place.resolution !== 'raw') return `(select ${namesOf(figures)} from ${latest})`;
    const part = aggregateText(plan.rollup, partColumns(plan, figures), {
      relation: `(select * from ${latest}) as latest`,
      holds: 'samples',
      bucketing: { expression: 'time' },
    });
    return `select ${namesOf(figures)} from (${part}) as part`;
  });
  const lastTime = quoteName(columnOf(plan, 'last_time').name);
  return `select * from (${found.join(' union all ')}) as found order by ${lastTime} desc limit 1`;
}

/** The key of a rollup, and figures. */
function partColumns({ rollup }: HistoryPlan, figures: readonly RollupColumn[]): readonly RollupColumn[] {
  const key = rollup.columns.filter(({ of }) => of === 'time' || of === 'identity');
  return [...key, ...figures.filter((column) => !key.includes(column))];
}

/** Whether anything is known of the metric in a row or bucket. */
function isKnown(plan: HistoryPlan, { resolution }: Before): string {
  if (resolution === 'raw') return `${quoteName(plan.metric.name)} is not null`;
  return `${quoteName(columnOf(plan, 'count').name)} > 0`;
}

/** The view of a rollup also reckons what is not yet stored; where that is not asked for, its table spares the planner much. */
function relationOf({ rollup: { table }, stored }: HistoryPlan, { resolution, to }: Before): string {
  if (resolution === 'raw') return qualifiedName(table);
  const isStored = stored !== undefined && to <= stored[resolution];
  return `${isStored ? dataSchemaName : schemaName}.${quoteName(rollupName(table.name, resolution))}`;
}

function namesOf(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => quoteName(name)).join(', ');
}
