import type { Column, Table } from '../catalog/table.ts';
import { qualifiedName, quoteName } from './table-sql.ts';
import { microsOf, timeOf } from './time-sql.ts';

/** What one history statement is about; every name in it comes from the catalog. */
export interface HistoryPlan {
  readonly table: Table;
  readonly metric: Column;
  /** Columns of the identity, in the order of the table. */
  readonly identity: readonly Column[];
  /** Columns that must equal the parameters from `$5` on. */
  readonly where: readonly Column[];
}

/**
 * Statements of history. Parameters: `$1` from, `$2` to, `$3` step, all in microseconds, `$4` rows at most, then the filters.
 * Every row holds, as text: the identity as JSON, the bucket's start in microseconds, the samples, and what is named below.
 */

/** Average, least and greatest value of each bucket. */
export function gaugeText(plan: HistoryPlan): string {
  return `
    select ${identityOf(plan)}, ${bucketMicros}, count(*)::text, avg(value)::text, min(value)::text, max(value)::text
    from (select ${namesOf(plan)}, ${bucketOf('time')}, ${quoteName(plan.metric.name)} as value
          from ${qualifiedName(plan.table)} where ${conditions(plan)}) as samples
    ${grouping(plan)}`;
}

/** The last state of each bucket. */
export function statesetText(plan: HistoryPlan): string {
  return `
    select ${identityOf(plan)}, ${bucketMicros}, count(*)::text, (array_agg(state order by time desc))[1]
    from (select ${namesOf(plan)}, ${bucketOf('time')}, time, ${quoteName(plan.metric.name)} as state
          from ${qualifiedName(plan.table)} where ${conditions(plan)}) as samples
    ${grouping(plan)}`;
}

/**
 * The increase of a counter in each bucket: from each sample to the next, counted where the later one lies. The last sample
 * before the range is looked up for that. A counter that began anew, by its start time or because it fell, has counted
 * its whole value since; a start that moved by moments, back before the last sample, is the same start, reckoned from an
 * uptime by an exporter that was itself restarted. The first sample ever tells of an increase only when the counter began within its bucket.
 */
export function counterText(plan: HistoryPlan): string {
  const { table } = plan;
  const names = namesOf(plan);
  const value = quoteName(plan.metric.name);
  const start = table.columns.some(({ part }) => part === 'start')
    ? 'start_time'
    : 'null::timestamptz as start_time';
  const same = plan.identity.map(({ name }) => `earlier.${quoteName(name)} = series.${quoteName(name)}`);
  return `
    with inside as (
      select ${names}, time, ${start}, ${value} as value from ${qualifiedName(table)} where ${conditions(plan)}
    ), before as (
      select ${plan.identity.map(({ name }) => `series.${quoteName(name)}`).join(', ')}, found.*
      from (select distinct ${names} from inside) as series cross join lateral (
        select time, ${start}, ${value} as value from ${qualifiedName(table)} as earlier
        where ${same.join(' and ')} and time < ${timeOf('$1')} and ${value} is not null
        order by time desc limit 1
      ) as found
    ), samples as (
      select *, lag(time) over series as last_time, lag(start_time) over series as last_start, lag(value) over series as last_value
      from (select * from inside union all select * from before) as known
      window series as (partition by ${names} order by time)
    )
    select ${identityOf(plan)}, ${bucketMicros}, count(*)::text, sum(
      case
        when last_time is null then case when start_time >= bucket then value end
        when ${beganAnew} or value < last_value then value
        else value - last_value
      end)::text
    from (select *, ${bucketOf('time')} from samples where time >= ${timeOf('$1')}) as increases
    ${grouping(plan)}`;
}

/** Engines and agents have clocks of their own, so that a start may seem to lie before the last sample. */
const beganAnew = `start_time is distinct from last_start
          and (start_time >= last_time or start_time > last_start + interval '5 seconds')`;

const bucketMicros = `${microsOf('bucket')}::text`;

function bucketOf(time: string): string {
  return `date_bin($3::bigint * interval '1 microsecond', ${time}, timestamptz 'epoch') as bucket`;
}

function namesOf({ identity }: HistoryPlan): string {
  return identity.map(({ name }) => quoteName(name)).join(', ');
}

function identityOf(plan: HistoryPlan): string {
  return `json_build_array(${namesOf(plan)})::text`;
}

function conditions({ metric, where }: HistoryPlan): string {
  return [
    `time >= ${timeOf('$1')}`,
    `time < ${timeOf('$2')}`,
    `${quoteName(metric.name)} is not null`,
    ...where.map(({ name }, index) => `${quoteName(name)} = $${index + 5}`),
  ].join(' and ');
}

function grouping(plan: HistoryPlan): string {
  return `group by ${namesOf(plan)}, bucket order by ${namesOf(plan)}, bucket limit $4`;
}
