import type { ClientBase, QueryResult } from 'pg';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { dayMs, hourMs } from '../../runtime/duration.ts';
import type { Policy } from '../policy/policy.ts';
import { atomically } from './atomically.ts';

const pointTables = ['number_point', 'histogram_point', 'exponential_histogram_point', 'summary_point'];

const columns =
  'id, hash, name, kind, unit, temporality, monotonic, description, resource, resource_schema_url, scope, attributes, first_seen';

/** After its points are gone at the latest, a series is kept for so long. */
const marginMs = dayMs;
/** Between the end of one look at all series and the next: points are dropped once a day. */
const restMs = 6 * hourMs;
/** In one round; the next goes on from there. */
const roundMs = 2_000;
/** Looked at in one statement. */
const mostSeries = 1_000;
/** Longer than any writer believes without asking that a series is there, and than it takes to store points by that. */
const doubtfulFor = '20 minutes';

/**
 * Whether a series has points, by one look into the primary key of each partition. `offset` keeps the planner from joining, which
 * would read all points where it has no statistics or wrong ones.
 */
const hasPoints = pointTables
  .map(
    (table) => `exists (select from telemetry.${table} as point where point.series_id = series.id offset 0)`,
  )
  .join(' or ');

const removeText = `
  with looked as (
    select id, first_seen from telemetry.series where id > $1::bigint order by id limit ${mostSeries}
  ), bare as (
    select id from looked as series where first_seen < now() - $2::interval and not (${hasPoints})
      and not exists (select from telemetry_data.removed_series as known where known.id = series.id)
  ), removed as (
    delete from telemetry.series as series using bare where series.id = bare.id returning series.*
  ), remembered as (
    insert into telemetry_data.removed_series (${columns}) select ${columns} from removed
  )
  select (select max(id)::text from looked) as last, (select count(*)::int from removed) as removed`;

const settleText = `
  with due as (
    select ${columns} from telemetry_data.removed_series where removed < now() - interval '${doubtfulFor}'
    order by removed limit ${mostSeries}
  ), missed as (
    insert into telemetry.series (${columns}) select ${columns} from due as series where ${hasPoints}
    on conflict do nothing
  )
  delete from telemetry_data.removed_series as known using due where known.id = due.id`;

const removedRows = z.array(z.object({ last: z.string().nullable(), removed: z.number() })).length(1);

/** Before the first of all ids. */
const start = '-1';

/**
 * Removes series that have no points any more. A writer may be storing a point of one at the moment, so that they are remembered until all
 * writers know of it, and put back where they have points then. Remembers how far it is from round to round.
 */
export class SeriesSweep {
  #after = start;
  #restUntil = Number.NEGATIVE_INFINITY;

  /** Gives how many it removed; none while it is not in force for how long the points are kept. */
  async go(client: ClientBase, policies: ReadonlyMap<string, Policy>, clock: Clock): Promise<number> {
    const until = clock.monotonic() + roundMs;
    const inTime = (): boolean => clock.monotonic() < until;
    let settled: number;
    do settled = await settle(client);
    while (settled === mostSeries && inTime());
    const keepMs = longestKeep(policies);
    if (keepMs === undefined) return 0;
    let removed = 0;
    while (inTime() && clock.monotonic() >= this.#restUntil) {
      const part = await remove(client, this.#after, keepMs + marginMs);
      removed += part.removed;
      this.#after = part.last ?? start;
      if (part.last === undefined) this.#restUntil = clock.monotonic() + restMs;
    }
    return removed;
  }
}

function longestKeep(policies: ReadonlyMap<string, Policy>): number | undefined {
  const keeps = pointTables.map((table) => policies.get(table)?.keepRaw ?? Number.POSITIVE_INFINITY);
  const longest = Math.max(...keeps);
  return Number.isFinite(longest) ? longest : undefined;
}

interface Removed {
  readonly removed: number;
  /** The last series that was looked at; undefined after the last of all. */
  readonly last: string | undefined;
}

async function remove(client: ClientBase, after: string, ageMs: number): Promise<Removed> {
  const { rows } = await probing(client, removeText, [after, `${ageMs} milliseconds`]);
  const [row] = removedRows.parse(rows);
  return { removed: row?.removed ?? 0, last: row?.last ?? undefined };
}

/** Puts back, or forgets, those of which no more points can come; gives their number. */
async function settle(client: ClientBase): Promise<number> {
  const { rowCount } = await probing(client, settleText, []);
  return rowCount ?? 0;
}

/** Runs a statement that looks for few rows in large tables. */
function probing(client: ClientBase, text: string, values: readonly string[]): Promise<QueryResult> {
  return atomically(client, async () => {
    // Without statistics, a whole partition is thought to be read sooner than an index is asked for what is not there.
    await client.query('set local enable_seqscan = off; set local jit = off');
    return client.query(text, [...values]);
  });
}
