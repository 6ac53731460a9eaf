import type { ClientBase, Pool } from 'pg';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { container, server } from '../../../src/collectors/docker/metrics.ts';
import { createMaintenance, type Maintenance } from '../../../src/db/maintenance/maintenance.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import type { Row } from '../../../src/metric/row.ts';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import { minuteMs } from '../../../src/runtime/duration.ts';
import { LogBook } from '../../snapshot/fakes.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { containerRow } from '../../support/sample-row.ts';

/** Few tables, so that a round is short. */
export const smallCatalog: Catalog = { entities: [container, server] };

export const never = new AbortController().signal;

/** A row of this age with a counter that counts its minutes. */
export function agedRow(id: string, ageMs: number, values: Row['values'] = {}): Row {
  const time = Math.round((systemClock.now() - ageMs) * 1000);
  return containerRow(id, {
    time,
    start: time - 60_000_000,
    values: { pids: Math.floor(ageMs / minuteMs) % 97, cpuTimeUser: 1 + (time % 1e9) / 1e6, ...values },
    states: { state: 'running' },
    info: { 'container.name': `name of ${id}` },
  });
}

export interface Watched extends AsyncDisposable {
  readonly maintenance: Maintenance;
  readonly logger: LogBook;
  /** Its only connection. */
  readonly pool: Pool;
}

/** Maintenance with a connection of its own. */
export function maintain(postgres: TestPostgres, url: string, clock: Clock = systemClock): Watched {
  const logger = new LogBook();
  const pool = postgres.pool(url, { size: 1, statementTimeoutMs: 60_000 });
  const maintenance = createMaintenance({ pool, catalog: smallCatalog, clock, logger });
  return { logger, maintenance, pool, [Symbol.asyncDispose]: () => maintenance.stop() };
}

/** Runs a round as the leader, once the server has noticed that who led before has left. */
export async function lead({ maintenance }: Watched): Promise<void> {
  let role = await maintenance.runRound(never);
  while (role === 'follower') role = await maintenance.runRound(never);
  if (role !== 'leader') throw new Error(`the role is ${role}`);
}

export async function store(pool: Pool, rows: readonly Row[]): Promise<void> {
  const outcome = await createRowStore(pool, { catalog: smallCatalog, deadlineMs: 60_000 }).store(
    rows,
    never,
  );
  if (outcome.kind !== 'stored' || outcome.refused.length > 0) throw new Error(JSON.stringify(outcome));
}

/** What the view of a rollup shows. */
export async function shown(database: ClientBase | Pool, rollup: string): Promise<readonly unknown[]> {
  const { rows } = await database.query(
    `select to_jsonb(shown) as row from telemetry.${rollup} as shown order by time, to_jsonb(shown)::text`,
  );
  return rows.map(({ row }: { row: unknown }) => row);
}

/** What the view would show if nothing were stored, and every query reckoned all from the rows. */
export async function reckoned(pool: Pool, rollup: string): Promise<readonly unknown[]> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('update telemetry.rollup_state set filled = null');
    return await shown(client, rollup);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

export async function count(pool: Pool, from: string): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as count from ${from}`);
  return rows[0].count;
}
