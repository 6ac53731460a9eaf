import { afterAll, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { createPool } from '../../src/db/connect/pool.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { startTimescale } from '../support/timescale.ts';

/** It has one session, for which whoever connects waits. */
const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

/**
 * The rules of an OTLP server, which `npm test` tries on the embedded PostgreSQL, on TimescaleDB. Those of operation are not among them:
 * they need several connections, and servers that can be stopped.
 */
const timescale = await startTimescale();
await migrate(timescale.url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(120_000) });
process.env.TEST_ONLY_DATABASE_URL = timescale.url;
afterAll(async () => {
  delete process.env.TEST_ONLY_DATABASE_URL;
  await timescale.stop();
});

it('TimescaleDB keeps what a writer takes', async () => {
  const pool = createPool(timescale.url, { logger: silentLogger, size: 1, ...patience });
  const { rows } = await pool.query(
    'select hypertable_name as name from timescaledb_information.hypertables',
  );
  await pool.end();
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['container', 'number_point', 'histogram_point', 'snapshot']));
});

await import('../writer/conformance/protocol.test.ts');
await import('../writer/conformance/decoding.test.ts');
await import('../writer/conformance/points.test.ts');
