import type { Column, Table } from '../../catalog/table.ts';
import type { Micros } from '../../metric/time.ts';
import {
  type HistoryPlan,
  hasSteps,
  isStep,
  knownParts,
  namesOf,
  type PartColumn,
  partsInside,
  Values,
} from './parts.ts';

export interface HistoryStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Statements of history. Each row is a series, of which there are `limit` at most, and holds as text: the identity as JSON,
 * then lists with an element per step, in any order: the seconds from the range's start to that of the step, the samples, and
 * what is named below. Lists and not rows, for with them the answer is written and read in half the time.
 *
 * A bucket that is as wide as a step is a step, and no other part lies in it: such are not grouped, which is what takes longest.
 */

const count: PartColumn = { name: 'count', ofRow: '1::bigint', ofRollup: 'count' };

/** Sum, least and greatest value. */
export function gaugeStatement(plan: HistoryPlan, limit: number): HistoryStatement {
  const values = new Values();
  const columns: readonly PartColumn[] = [
    count,
    { name: 'sum', ofRow: 'value', ofRollup: 'sum' },
    { name: 'least', ofRow: 'value', ofRollup: 'min' },
    { name: 'greatest', ofRow: 'value', ofRollup: 'max' },
  ];
  const names = namesOf(plan);
  const { segments } = plan.range;
  const whole = segments.filter((segment) => isStep(plan, segment));
  const finer = segments.filter((segment) => !isStep(plan, segment));
  const steps = whole.map(
    (segment) => `select ${names}, time as step, count, sum, least, greatest from (
        ${partsInside(plan, [segment], { columns, values })}) as buckets`,
  );
  if (finer.length > 0) {
    steps.push(`select ${names}, step, sum(count)::bigint as count, sum(sum) as sum, min(least) as least, max(greatest) as greatest
      from (select *, ${stepOf(plan, values, 'time')} as step from (
        ${partsInside(plan, finer, { columns, values })}) as parts) as parts
      group by ${names}, step`);
  }
  const text = `
    select ${identityOf(plan)}, ${offsets(plan, values)}, array_agg(count)::text, array_agg(sum)::text, array_agg(least)::text, array_agg(greatest)::text
    from (
      ${steps.join('\n      union all ')}
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
    ), increases as (
      select series, step, is_step, count,
        case
          when time_before is null then
            case when first_start >= step then increase + first when count > 1 then increase end
          when first < value_before or telemetry.began_anew(first_start, start_before, time_before)
            then increase + first
          else increase + (first${exact} - value_before)
        end as increase
      from parts where time >= ${values.time(plan.range.from)}
    ), steps as (
      ${stepsOf(plan, 'increases', { count: 'sum(count)::bigint', increase: 'sum(increase)' })}
    ), lists as (
      select series, ${offsets(plan, values)} as steps, array_agg(count)::text as counts, array_agg(increase)::text as increases
      from steps group by series
    )
    select ${identityOf(plan)}, steps, counts, increases
    from lists join series using (series) limit ${values.add(limit, 'bigint')}`;
  return { text, values: values.list };
}

/** The parts of a relation as steps, with how each figure of a step comes of those of its parts. */
function stepsOf(plan: HistoryPlan, parts: string, figures: Readonly<Record<string, string>>): string {
  const names = Object.keys(figures);
  const grouped = names.map((name) => `${figures[name]} as ${name}`);
  const group = (where: string): string =>
    `select series, step, ${grouped.join(', ')} from ${parts}${where} group by series, step`;
  if (!hasSteps(plan)) return group('');
  return `select series, step, ${names.join(', ')} from ${parts} where is_step
      union all ${group(' where not is_step')}`;
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
 * The last state of each step, for how many microseconds it is known to have held there since its last sample, and the times of all
 * states between the samples as a rollup has them; the last two only of a step that is a bucket. Of others these are in lists of
 * their own, with an element per step and state: the seconds from the range's start to that of the step, the state, and for how
 * many microseconds. A state holds until the next sample, but not longer than it may be believed, and not beyond `until`: the
 * range's end, or now.
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
  const steps = stepsOf(plan, 'seen', {
    count: 'sum(count)::bigint',
    state: 'max(state) filter (where next is null or next >= after)',
    held: 'null::float8',
    times: 'null::jsonb',
  });
  // A function in the list of columns gives its rows one by one; behind `from` it would store them first, for each part anew.
  const text = `
    with ${knownParts(plan, columns, values)}, stepped as (
      select *, ${stepOf(plan, values, 'time')} as step from known
    ), parts as materialized (
      select series, time, step, step + ${width} as after, is_step, count, last as state, times, lead(time) over samples as next,
        greatest(last_time, ${from}) as since,
        least(lead(first_time) over samples, last_time + telemetry.state_hold(), ${values.time(until)}) as until
      from stepped window samples as (partition by series order by time)
    ), seen as not materialized (
      select *, case when until > since then ${spanMicros('least(until, after) - since')} end as held
      from parts where time >= ${from}
    ), steps as (
      ${steps}
    ), pieces as (
      select series, step, state, ${spanMicros(`least(until, step + ${width}) - greatest(since, step)`)} as micros
      from (
        select series, state, since, until,
          generate_series(${stepOf(plan, values, 'since')}, until - interval '1 microsecond', ${width}) as step
        from (select series, state, case when is_step then after else since end as since, until from parts) as rest
        where until > since
      ) as holds
      union all
      select series, step, state, (times ->> state)::float8
      from (select series, step, times, jsonb_object_keys(times) as state from seen where not is_step) as inside
    ), held as (
      select series, step, state, sum(micros) as micros from pieces group by series, step, state
    ), lists as (
      select series, ${offsets(plan, values)} as steps, array_agg(count)::text as counts, json_agg(state)::text as states,
        array_agg(held)::text as held, json_agg(times)::text as times
      from steps group by series
    ), other_lists as (
      select series, ${offsets(plan, values)} as other_steps, json_agg(state)::text as other_states, array_agg(micros)::text as other_held
      from held group by series
    )
    select ${identityOf(plan)}, steps, counts, states, held, times,
      coalesce(other_steps, '{}'), coalesce(other_states, '[]'), coalesce(other_held, '{}')
    from lists join series using (series) left join other_lists using (series) limit ${values.add(limit, 'bigint')}`;
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

/** The microseconds of an interval within a range, likewise, and their sum: a numeric takes several times as long. */
function spanMicros(interval: string): string {
  return `round(date_part('epoch', ${interval}) * 1000000)`;
}

function identityOf(plan: HistoryPlan): string {
  return `json_build_array(${namesOf(plan)})::text`;
}
