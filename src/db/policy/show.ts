import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { Catalog } from '../../catalog/catalog.ts';
import { type Resolution, resolutions } from '../../catalog/rollup.ts';
import { defaultPartition, readPartitions } from '../layout/partition.ts';
import { keepOf, type Policy } from './policy.ts';
import { readRollupStates, stateKey } from './rollup-states.ts';
import { isKeptByJobs, plainName, type RelationStorage, readStorage, type Stored } from './storage.ts';
import { readPolicies } from './stored-policies.ts';

/** One table or rollup, what is in force for it, and what there is of it. Durations in milliseconds, times since 1970. */
export interface InForce {
  /** `container`, `container_5m`. */
  readonly name: string;
  /** Undefined where there is no policy yet, as the next two. */
  readonly keep: number | undefined;
  /** Undefined also for a rollup that nothing compresses. */
  readonly compressAfter: number | undefined;
  readonly late: number | undefined;
  readonly bytes: number;
  /** Of the oldest row; undefined where there is none. */
  readonly oldest: number | undefined;
  /** Until when a rollup is stored; undefined for rows as they came. */
  readonly filled: number | undefined;
  /** Who drops and fills. */
  readonly keptBy: 'maintenance' | 'jobs of TimescaleDB' | 'nobody';
}

export interface ShownPolicies {
  readonly lines: readonly InForce[];
  /** What the database can do and does not, or the other way round. */
  readonly remarks: readonly string[];
}

/** What is in force in a database, with sizes and the oldest rows. */
export async function showPolicies(client: ClientBase, catalog: Catalog): Promise<ShownPolicies> {
  const storage = await readStorage(client, catalog);
  const policies = await readPolicies(
    client,
    storage.relations.map(({ relation }) => relation),
  );
  const states = await readRollupStates(client);
  const lines: InForce[] = [];
  for (const place of storage.relations) {
    const { name } = place.relation;
    const byJobs = isKeptByJobs(storage, place);
    const policy = policies.get(name);
    lines.push(await rawLine(client, place, { policy, byJobs }));
    for (const resolution of place.relation.rolledUp ? resolutions : []) {
      const filled = states.get(stateKey(name, resolution))?.filled;
      lines.push(await rollupLine(client, place, { resolution, policy, byJobs, filled }));
    }
  }
  const { timescale, layout } = storage;
  const stays =
    timescale !== undefined && layout.pieces === 'partitions'
      ? [
          `the database has TimescaleDB ${timescale.version}, but its tables were partitioned before that, and stay so`,
        ]
      : [];
  const apache =
    timescale?.license === 'apache'
      ? ['this TimescaleDB is the Apache edition: our maintenance does what its jobs cannot']
      : [];
  return { lines, remarks: [...stays, ...apache] };
}

interface Context {
  readonly policy: Policy | undefined;
  readonly byJobs: boolean;
}

async function rawLine(
  client: ClientBase,
  { raw }: RelationStorage,
  { policy, byJobs }: Context,
): Promise<InForce> {
  return {
    name: raw.table.name,
    keep: policy?.keepRaw,
    compressAfter: raw.kind === 'hypertable' && byJobs ? policy?.compressAfter : undefined,
    late: policy?.late,
    bytes: await sizeOf(client, [plainName(raw.table)], raw.kind === 'hypertable'),
    oldest: await oldestOf(client, raw),
    filled: undefined,
    keptBy: byJobs ? 'jobs of TimescaleDB' : raw.kind === 'table' ? 'nobody' : 'maintenance',
  };
}

async function rollupLine(
  client: ClientBase,
  { relation, rollups, aggregates }: RelationStorage,
  { resolution, policy, byJobs, filled }: Context & { resolution: Resolution; filled: number | undefined },
): Promise<InForce> {
  const stored = rollups[resolution];
  const names = aggregates[resolution];
  const name = `${relation.name}_${resolution}`;
  const [first] = names;
  return {
    name,
    keep: policy && keepOf(policy, resolution),
    compressAfter: undefined,
    late: undefined,
    bytes:
      stored === undefined
        ? await sizeOf(client, names, true)
        : await sizeOf(client, [plainName(stored.table)], stored.kind === 'hypertable'),
    oldest: await oldestOf(client, stored ?? first),
    filled,
    keptBy: stored === undefined && byJobs ? 'jobs of TimescaleDB' : 'maintenance',
  };
}

const sizeRows = z.array(z.object({ bytes: z.coerce.number() })).length(1);
// TimescaleDB 2.13 may give no row at all, instead of one without a value, where no chunk has rows.
const oldestRows = z.array(z.object({ oldest: z.coerce.number().nullable() })).max(1);

async function sizeOf(client: ClientBase, names: readonly string[], hypertables: boolean): Promise<number> {
  const text = hypertables
    ? 'select coalesce(sum(hypertable_size(name::regclass)), 0) as bytes from unnest($1::text[]) as name'
    : `select coalesce(sum(pg_total_relation_size(relid)), 0) as bytes
       from unnest($1::text[]) as name cross join lateral (
         select relid from pg_partition_tree(name::regclass) where isleaf union select name::regclass) as tree`;
  const { rows } = await client.query(text, [[...names]]);
  return sizeRows.parse(rows)[0]?.bytes ?? 0;
}

/** By pieces of time where there are some, from the oldest: the whole table may be too large to look through. */
async function oldestOf(
  client: ClientBase,
  stored: Stored | string | undefined,
): Promise<number | undefined> {
  if (stored === undefined) return undefined;
  if (typeof stored === 'string') return oldest(client, stored);
  const { table, kind } = stored;
  if (kind !== 'partitioned') return oldest(client, table.qualified);
  const stray = await oldest(client, defaultPartition(table));
  for (const { qualified } of await readPartitions(client, table)) {
    const found = await oldest(client, qualified);
    if (found !== undefined) return Math.min(found, stray ?? found);
  }
  return stray;
}

async function oldest(client: ClientBase, name: string): Promise<number | undefined> {
  const { rows } = await client.query(
    `select extract(epoch from min(time)) * 1000 as oldest from ${name} where time > '-infinity' and time < 'infinity'`,
  );
  return oldestRows.parse(rows)[0]?.oldest ?? undefined;
}
