import type { ClientBase } from 'pg';
import { z } from 'zod';
import {
  byResolution,
  coarserThan,
  dataSchemaName,
  type Resolution,
  resolutions,
  rollupName,
} from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { minuteMs, shortDuration } from '../../runtime/duration.ts';
import { compressRollupAfter, keepOf, type Policy, refreshOf } from './policy.ts';

/** What TimescaleDB does by itself, at its own times. */
export interface Job {
  readonly kind: 'refresh' | 'compress' | 'drop';
  /** The hypertable or continuous aggregate, with its schema. */
  readonly of: string;
  /** How old what it refreshes, compresses or drops is at least; in milliseconds, as all that follows. */
  readonly after: number;
  /** Of a refresh: how old at most, and how often. */
  readonly until: number | undefined;
  readonly every: number | undefined;
}

/** The aggregates of TimescaleDB that make up the rollups of one relation, with their schema; empty where it has none. */
export type Aggregates = Readonly<Record<Resolution, readonly string[]>>;

export interface Hypertable {
  readonly policy: Policy;
  readonly aggregates: Aggregates;
  /** Whether everything that is old enough is in the rollup: only then may what it is made of be dropped. */
  readonly filled: Readonly<Record<Resolution, boolean>>;
}

export function jobsOf({ policy, aggregates, filled }: Hypertable): readonly Job[] {
  const raw = `${schemaName}.${policy.relation.name}`;
  const { rolledUp } = policy.relation;
  return [
    job('compress', raw, policy.compressAfter),
    ...(rolledUp && !filled['5m'] ? [] : [job('drop', raw, policy.keepRaw)]),
    ...resolutions.flatMap((resolution) =>
      aggregates[resolution].flatMap((of) => aggregateJobs(of, { resolution, policy, filled })),
    ),
  ];
}

function aggregateJobs(
  of: string,
  { resolution, policy, filled }: { readonly resolution: Resolution } & Pick<Hypertable, 'policy' | 'filled'>,
): readonly Job[] {
  const { start, end, schedule } = refreshOf(policy)[resolution];
  const keep = keepOf(policy, resolution);
  const coarser = coarserThan(resolution);
  const isNeeded = coarser !== undefined && !filled[coarser];
  return [
    { kind: 'refresh', of, after: end, until: start, every: schedule },
    job('compress', of, compressRollupAfter(policy, resolution)),
    ...(keep === undefined || isNeeded ? [] : [job('drop', of, keep)]),
  ];
}

function job(kind: 'compress' | 'drop', of: string, after: number): Job {
  return { kind, of, after, until: undefined, every: undefined };
}

export const jobKey = ({ kind, of }: Job): string => `${kind} ${of}`;

/** `what is from 5m to 6d old, every 5m`. */
export function describeJob({ after, until, every }: Job): string {
  if (until === undefined || every === undefined) return `after ${shortDuration(after)}`;
  return `what is from ${shortDuration(after)} to ${shortDuration(until)} old, every ${shortDuration(every)}`;
}

const kinds = {
  policy_refresh_continuous_aggregate: 'refresh',
  policy_compression: 'compress',
  policy_retention: 'drop',
} as const;

const ms = z.coerce.number().nullable();
const jobRows = z.array(
  z.object({
    name: z.enum(['policy_refresh_continuous_aggregate', 'policy_compression', 'policy_retention']),
    of: z.string(),
    scheduled: z.boolean(),
    every: ms,
    start: ms,
    end: ms,
    after: ms,
  }),
);

/** The jobs that there are, by key; one that somebody has halted is not among them. Needs TimescaleDB. */
export async function readJobs(client: ClientBase): Promise<ReadonlyMap<string, Job>> {
  const interval = (key: string): string => `extract(epoch from (job.config ->> '${key}')::interval) * 1000`;
  const { rows } = await client.query(
    `select job.proc_name::text as name, job.scheduled, extract(epoch from job.schedule_interval) * 1000 as every,
       coalesce(aggregate.view_schema || '.' || aggregate.view_name, job.hypertable_schema || '.' || job.hypertable_name) as of,
       ${interval('start_offset')} as start, ${interval('end_offset')} as "end",
       coalesce(${interval('compress_after')}, ${interval('drop_after')}) as after
     from timescaledb_information.jobs as job left join timescaledb_information.continuous_aggregates as aggregate
       on aggregate.materialization_hypertable_schema = job.hypertable_schema
       and aggregate.materialization_hypertable_name = job.hypertable_name
     where job.proc_name in ('policy_refresh_continuous_aggregate', 'policy_compression', 'policy_retention')
       and coalesce(aggregate.view_schema, job.hypertable_schema) in ($1, $2)
     order by job.job_id`,
    [schemaName, dataSchemaName],
  );
  const jobs = jobRows.parse(rows).filter(({ scheduled }) => scheduled);
  return new Map(
    jobs.map(({ name, of, every, start, end, after }) => {
      const kind = kinds[name];
      const isRefresh = kind === 'refresh';
      const found: Job = {
        kind,
        of,
        after: (isRefresh ? end : after) ?? Number.NaN,
        until: isRefresh ? (start ?? Number.POSITIVE_INFINITY) : undefined,
        every: isRefresh ? (every ?? Number.NaN) : undefined,
      };
      return [jobKey(found), found];
    }),
  );
}

/** A job runs in the time zone of its database, where some days have 23 hours and some have 25. */
function intervalText(ms: number | undefined): string | null {
  return ms === undefined ? null : `${ms / minuteMs} minutes`;
}

/** Puts a job in place of whatever of its kind there is. Compression must have been made possible. */
export async function putJob(client: ClientBase, { kind, of, after, until, every }: Job): Promise<void> {
  const values = [of, intervalText(after)];
  switch (kind) {
    case 'refresh':
      await client.query('select remove_continuous_aggregate_policy($1::regclass, if_exists => true)', [of]);
      await client.query(
        `select add_continuous_aggregate_policy($1::regclass, end_offset => $2::interval,
           start_offset => $3::interval, schedule_interval => $4::interval)`,
        [...values, intervalText(until), intervalText(every)],
      );
      return;
    case 'compress':
      await client.query('select remove_compression_policy($1::regclass, if_exists => true)', [of]);
      await client.query(
        'select add_compression_policy($1::regclass, compress_after => $2::interval)',
        values,
      );
      return;
    case 'drop':
      await client.query('select remove_retention_policy($1::regclass, if_exists => true)', [of]);
      await client.query('select add_retention_policy($1::regclass, drop_after => $2::interval)', values);
  }
}

export async function removeJob(client: ClientBase, { kind, of }: Job): Promise<void> {
  const name = { refresh: 'continuous_aggregate', compress: 'compression', drop: 'retention' }[kind];
  await client.query(`select remove_${name}_policy($1::regclass, if_exists => true)`, [of]);
}

/** The names of a relation's aggregates: the first, and one more for each time that columns were added. */
export function aggregatesOf(relation: string, names: readonly string[]): Aggregates {
  return byResolution((resolution) => {
    const shape = new RegExp(`^${dataSchemaName}\\.${rollupName(relation, resolution)}_\\d+$`);
    return names.filter((name) => shape.test(name));
  });
}
