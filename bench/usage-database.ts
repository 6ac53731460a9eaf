import { rm } from 'node:fs/promises';
import type { Pool } from 'pg';
import type { Catalog } from '../src/catalog/catalog.ts';
import { agentUsage } from '../src/collectors/agents/usage-metrics.ts';
import { createPool } from '../src/db/connect/pool.ts';
import { startEmbedded } from '../src/db/embedded/embedded.ts';
import { createPartition, partitionsBetween } from '../src/db/layout/partition.ts';
import { rawTables } from '../src/db/layout/timed-table.ts';
import { maintain } from '../src/db/maintenance/round.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { dayMs } from '../src/runtime/duration.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import type { Releasers } from '../src/runtime/releasers.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';

/** What agents count of themselves: 21 columns, and 106 in a rollup. */
export const usageCatalog: Catalog = { entities: [agentUsage] };

/** An embedded PostgreSQL as the product sets it up, that keeps rows for 60 days. */
export async function openUsageDatabase(releasers: Releasers): Promise<Pool> {
  const stateDir = await makeFolder('bench');
  releasers.add('folder', () => rm(stateDir, { recursive: true, force: true }));
  const signal = AbortSignal.timeout(60_000);
  const server = await startEmbedded({ stateDir, logger: silentLogger, signal });
  releasers.add('server', () => server.stop());
  const retention = { default: { raw: 60 * dayMs, '5m': 90 * dayMs, '1h': 365 * dayMs } };
  await migrate(server.url, { catalog: usageCatalog, logger: silentLogger, signal, retention });
  const pool = createPool(server.url, { logger: silentLogger, size: 1, statementTimeoutMs: 600_000 });
  releasers.add('pool', () => pool.end());
  return pool;
}

/** Makes the partitions that the rows of a range go to, which the product makes day by day. */
export async function makeRoom(pool: Pool, from: Date, to: Date): Promise<void> {
  const table = rawTables(usageCatalog).find(({ name }) => name === agentUsage.name);
  if (table === undefined) throw new Error(`${agentUsage.name} is no table`);
  for (const partition of partitionsBetween(table, from, to))
    await pool.query(createPartition(table, partition));
}

/** Brings the rollups up to date, as the writer does once a minute. */
export async function rollUp(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    const { failures } = await maintain(client, { catalog: usageCatalog, clock: systemClock });
    if (failures.length > 0) throw new Error(failures.join('; '));
  } finally {
    client.release();
  }
}

/** Bytes on disk of all partitions of a table, indexes included, and its rows. */
export async function sizeOf(
  pool: Pool,
  table: string,
): Promise<{ readonly bytes: number; readonly rows: number }> {
  const { rows } = await pool.query(
    `select sum(pg_total_relation_size(relid))::float8 as bytes, (select count(*)::float8 from ${table}) as rows
     from pg_partition_tree('${table}') where isleaf`,
  );
  return { bytes: Number(rows[0]?.bytes), rows: Number(rows[0]?.rows) };
}
