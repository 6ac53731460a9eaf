import type { Pool } from 'pg';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { createPool } from '../../../src/db/connect/pool.ts';
import { maintain } from '../../../src/db/maintenance/round.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { startPostgres } from '../../support/postgres.ts';
import { startTimescale } from '../../support/timescale.ts';

/** It has one session, for which whoever connects waits. */
const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

/** One table, so that a round of maintenance is short. */
export const catalog: Catalog = { entities: [container] };

export const never = new AbortController().signal;

/** A migrated database whose answers must be those of any other. */
export interface Database {
  readonly pool: Pool;
  stop(): Promise<void>;
}

export interface DatabaseUnderTest {
  readonly name: string;
  /** How many sets of rows it can be tried with in a test's time. */
  readonly runs: number;
  open(): Promise<Database>;
}

/** Of the server of a superuser's address, or of the one that tests run on when none is given. */
export async function openPostgres(server?: string): Promise<Database> {
  const postgres = await startPostgres(catalog, server === undefined ? undefined : { url: server });
  return { pool: postgres.pool(postgres.url, { statementTimeoutMs: 60_000 }), stop: () => postgres.stop() };
}

export async function openTimescale(): Promise<Database> {
  const timescale = await startTimescale();
  await migrate(timescale.url, { catalog, logger: silentLogger, signal: never });
  const pool = createPool(timescale.url, { logger: silentLogger, size: 1, ...patience });
  const stop = async () => {
    await pool.end();
    await timescale.stop();
  };
  return { pool, stop };
}

/** One round of maintenance: what is not yet in the rollups is put in. */
export async function round(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    const { failures } = await maintain(client, { catalog, clock: systemClock });
    if (failures.length > 0) throw new Error(failures.join('; '));
  } finally {
    client.release();
  }
}

export async function store(pool: Pool, rows: readonly Row[]): Promise<void> {
  const outcome = await createRowStore(pool, { catalog }).store(rows, never);
  if (outcome.kind !== 'stored' || outcome.refused.length > 0) throw new Error(JSON.stringify(outcome));
}

/** The same rows as of another host, so that one set of rows does not disturb another. */
export function ofHost(host: string, rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({ ...row, identity: { ...row.identity, 'ciris.server.id': host } }));
}

/** As if finer rows were no longer kept than these, while `work` is done. */
export async function keepingOnly(
  pool: Pool,
  resolution: 'raw' | '5m' | '1h',
  work: () => Promise<void>,
): Promise<void> {
  const gone = { raw: [], '5m': ['keep_raw'], '1h': ['keep_raw', 'keep_5m'] }[resolution];
  const { rows } = await pool.query('select keep_raw::text, keep_5m::text from telemetry.policy');
  for (const keep of gone) await pool.query(`update telemetry.policy set ${keep} = '1 minute'`);
  try {
    await work();
  } finally {
    const [{ keep_raw, keep_5m }] = rows;
    await pool.query('update telemetry.policy set keep_raw = $1, keep_5m = $2', [keep_raw, keep_5m]);
  }
}
