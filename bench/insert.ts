import { rm } from 'node:fs/promises';
import type { Pool } from 'pg';
import { catalog } from '../src/catalog/catalog.ts';
import { migrationStatements } from '../src/catalog/ddl.ts';
import { lockOf } from '../src/catalog/lock.ts';
import { createPool } from '../src/db/connect/pool.ts';
import { startEmbedded } from '../src/db/embedded/embedded.ts';
import { migrate } from '../src/db/migrate/migrate.ts';
import { createRowStore } from '../src/db/rows/row-store.ts';
import type { Row } from '../src/metric/row.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { Releasers } from '../src/runtime/releasers.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { copyRows } from './copy-text.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { type Contender, race, resultsOf } from './race.ts';
import type { Bench } from './result.ts';

const batch = 1000;
const rounds = 51;
/** With the time, the start and four attributes of identity: 20 columns. */
const metrics = 14;

export const insertBench: Bench = {
  name: 'insert',
  brief:
    'Rows of 20 columns in batches of 1000 into the embedded PostgreSQL, against COPY text; aim: 0.7 of COPY',
  async *run() {
    const releasers = new Releasers();
    try {
      const pool = await openDatabase(releasers);
      const [stored, copied] = await Promise.all(['stored', 'copied'].map((name) => createTable(pool, name)));
      if (stored === undefined || copied === undefined) throw new Error('a table is missing');
      const outcome = await race(rounds, storeBatch(pool, stored), [copyBatch(pool, copied)]);
      yield* resultsOf(outcome, {
        bench: 'insert',
        case: `20 columns, batches of ${batch}`,
        unit: 'rows/s',
        figure: (ms) => (batch / ms) * 1000,
      });
    } finally {
      await releasers.close();
    }
  },
};

async function openDatabase(releasers: Releasers): Promise<Pool> {
  const stateDir = await makeFolder('bench');
  releasers.add('folder', () => rm(stateDir, { recursive: true, force: true }));
  const server = await startEmbedded({ stateDir, logger: silentLogger, signal: AbortSignal.timeout(60_000) });
  releasers.add('server', () => server.stop());
  // What a store needs beside its tables.
  await migrate(server.url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(60_000) });
  const pool = createPool(server.url, { logger: silentLogger, size: 1 });
  releasers.add('pool', () => pool.end());
  return pool;
}

/** A fleet and its table, made as a migration makes it. */
async function createTable(pool: Pool, name: string): Promise<Fleet> {
  const fleet = createFleet({ name, things: batch, metrics });
  const { tables } = lockOf({ entities: [fleet.entity] });
  for (const statement of migrationStatements([], tables)) await pool.query(statement);
  return fleet;
}

function storeBatch(pool: Pool, fleet: Fleet): Contender {
  const store = createRowStore(pool, { catalog: { entities: [fleet.entity] } });
  return {
    ...ofNewRows(fleet, async (rows) => {
      const outcome = await store.store(rows, AbortSignal.timeout(10_000));
      if (outcome.kind !== 'stored' || outcome.inserted !== batch)
        throw new Error(`our store did not store all rows: ${JSON.stringify(outcome)}`);
    }),
    name: 'ours',
  };
}

function copyBatch(pool: Pool, fleet: Fleet): Contender {
  return {
    ...ofNewRows(fleet, (rows) => copyRows(pool, fleet.entity, rows)),
    name: 'COPY text, no conflict clause',
  };
}

function ofNewRows(fleet: Fleet, work: (rows: readonly Row[]) => Promise<void>): Omit<Contender, 'name'> {
  let rows: readonly Row[] = [];
  return {
    prepare: (round) => {
      rows = fleet.rows(round);
    },
    work: () => work(rows),
  };
}
