import type { Column, Table } from '../../catalog/table.ts';
import type { Micros } from '../../metric/time.ts';
import { type HistoryPlan, knownParts, namesOf, type PartColumn, partsInside, Values } from './parts.ts';

export interface HistoryStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Statements of history. Each row is a series, of which there are `limit` at most, and holds as text: the identity as JSON,
 * then lists with an element per step, in any order: the seconds from the range's start to that of the step, the samples, and
 * what is named below. Lists and not rows, for with them the answer is written and read in half the time.
 */

const count: PartColumn = { name: 'count', ofRow: '1::bigint', ofRollup: 'count' };

/** Average, least and greatest value. */
export function gaugeStatement(plan: HistoryPlan, limit: number): HistoryStatement {
  const values = new Values();
  const columns: readonly PartColumn[] = [
    count,
    { name: 'sum', ofRow: 'value', ofRollup: 'sum' },
    { name: 'least', ofRow: 'value', ofRollup: 'min' },
    { name: 'greatest', ofRow: 'value', ofRollup: 'max' },
  ];
  const names = namesOf(plan);
  const text = `
    select ${identityOf(plan)}, ${offsets(plan, values)}, array_agg(count)::text, array_agg(sum / count)::text, array_agg(least)::text, array_agg(greatest)::text
    from (
      select ${names}, step, sum(count) as count, sum(sum) as sum, min(least) as least, max(greatest) as greatest
      from (select *, ${stepOf(plan, values, 'time')} as step from (
        ${partsInside(plan, columns, values)}) as parts) as parts
      group by ${names}, step
    ) as steps
    group by ${names} limit ${values.add(limit, 'bigint')}`;
  return { text, values: values.list };
}

/**
 * The increase of a counter: from each sample to the next, counted where the later one lies. The last sample before the range
 * is looked up for that. A counter that began anew, by its start time or because it fell, has counted its whole value
 * since. The first sample ever tells of an increase only when the counter began within its step.
 */
export function counterStatement(plan: HistoryPlan, limit: number): HistoryStatement {
  const values = new Values();
  const exact = exactOf(plan.metric);
  const text = `
    with ${knownParts(plan, counterColumns(plan.table), values)}, parts as (
      select *, ${stepOf(plan, values, 'time')} as step, lag(last_time) over samples as time_before,
        lag(last_start) over samples as start_before, lag(last) over samples as value_before
      from known window samples as (partition by series order by time)
    ), steps as (
      select series, step, sum(count) as count, sum(
        case
          when time_before is null then
            case when first_start >= step then increase + first when count > 1 then increase end
          when first < value_before or telemetry.began_anew(first_start, start_before, time_before)
            then increase + first
          else increase + (first${exact} - value_before)
        end) as increase
      from parts where time >= ${values.time(plan.range.from)} group by series, step
    ), lists as (
      select series, ${offsets(plan, values)} as steps, array_agg(count)::text as counts, array_agg(increase)::text as increases
      from steps group by series
    )
    select ${identityOf(plan)}, steps, counts, increases
    from lists join series using (series) limit ${values.add(limit, 'bigint')}`;
  return { text, values: values.list };
}

function counterColumns(table: Table): readonly PartColumn[] {
  const start = table.columns.some(({ part }) => part === 'start') ? 'start_time' : 'null::timestamptz';
  return [
    count,
    { name: 'first', ofRow: 'value', ofRollup: 'first' },
    { name: 'first_start', ofRow: start, ofRollup: 'first_start' },
    { name: 'last', ofRow: 'value', ofRollup: 'last' },
    { name: 'last_start', ofRow: start, ofRollup: 'last_start' },
    { name: 'last_time', ofRow: 'time', ofRollup: 'last_time' },
    { name: 'increase', ofRow: '0', ofRollup: 'increase' },
  ];
}

/** The difference of two bigints need not be one. */
function exactOf({ type }: Column): string {
  return type === 'bigint' ? '::numeric' : '';
}

/**
 * The last state of each step, and, as lists of their own with an element per step and state: the seconds from the range's
 * start to that of the step, the state, and for how many microseconds it is known to have held. A state holds until the
 * next sample, but not longer than it may be believed, and not beyond `until`: the range's end, or now.
 */
export function statesetStatement(plan: HistoryPlan, limit: number, until: Micros): HistoryStatement {
  const values = new Values();
  const columns: readonly PartColumn[] = [
    count,
    { name: 'first_time', ofRow: 'time', ofRollup: 'first_time' },
    { name: 'last', ofRow: 'value', ofRollup: 'last' },
    { name: 'last_time', ofRow: 'time', ofRollup: 'last_time' },
    { name: 'times', ofRow: 'null::jsonb', ofRollup: 'times' },
  ];
  const from = values.time(plan.range.from);
  const width = widthOf(plan, values);
  // A function in the list of columns gives its rows one by one; behind `from` it would store them first, for each part anew.
  const text = `
    with ${knownParts(plan, columns, values)}, parts as materialized (
      select series, time, ${stepOf(plan, values, 'time')} as step, count, last as state, times, lead(time) over samples as next,
        greatest(last_time, ${from}) as since,
        least(lead(first_time) over samples, last_time + telemetry.state_hold(), ${values.time(until)}) as until
      from known window samples as (partition by series order by time)
    ), seen as (
      select series, step, sum(count) as count, max(state) filter (where next is null or next >= step + ${width}) as state
      from parts where time >= ${from} group by series, step
    ), pieces as (
      select series, step, state, ${spanMicros(`least(until, step + ${width}) - greatest(since, step)`)} as micros
      from (
        select series, state, since, until,
          generate_series(${stepOf(plan, values, 'since')}, until - interval '1 microsecond', ${width}) as step
        from parts where until > since
      ) as holds
      union all
      select series, step, state, (times ->> state)::bigint
      from (select series, step, times, jsonb_object_keys(times) as state from parts where time >= ${from}) as inside
    ), held as (
      select series, step, state, sum(micros) as micros from pieces group by series, step, state
    ), lists as (
      select series, ${offsets(plan, values)} as steps, array_agg(count)::text as counts, json_agg(state)::text as states
      from seen group by series
    ), held_lists as (
      select series, ${offsets(plan, values)} as held_steps, json_agg(state)::text as held_states, array_agg(micros)::text as micros
      from held group by series
    )
    select ${identityOf(plan)}, steps, counts, states,
      coalesce(held_steps, '{}'), coalesce(held_states, '[]'), coalesce(micros, '{}')
    from lists join series using (series) left join held_lists using (series) limit ${values.add(limit, 'bigint')}`;
  return { text, values: values.list };
}

function widthOf({ range }: HistoryPlan, values: Values): string {
  return `(${values.add(range.stepMicros, 'bigint')} * interval '1 microsecond')`;
}

/** The start of the step in which a time lies. */
function stepOf(plan: HistoryPlan, values: Values, time: string): string {
  return `date_bin(${widthOf(plan, values)}, ${time}, timestamptz 'epoch')`;
}

/** A double holds the microseconds of a range, though not those since 1970. */
function offsets({ range }: HistoryPlan, values: Values): string {
  return `array_agg(date_part('epoch', step - ${values.time(range.from)}))::text`;
}

/** The microseconds of an interval within a range, likewise; a numeric takes several times as long. */
function spanMicros(interval: string): string {
  return `(date_part('epoch', ${interval}) * 1000000)::bigint`;
}

function identityOf(plan: HistoryPlan): string {
  return `json_build_array(${namesOf(plan)})::text`;
}
