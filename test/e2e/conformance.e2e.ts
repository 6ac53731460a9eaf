import { dirname } from 'node:path';
import { openPostgres } from '../db/conformance/databases.ts';
import { historyCases } from '../db/conformance/history-cases.ts';
import { randomRows } from '../db/conformance/random-rows.ts';
import { part } from './support/parts.ts';
import { startServer } from './support/server.ts';

/** 18 is the embedded one, on which the same runs with every `npm test`. */
const versions = [
  { version: 14, copied: true },
  { version: 15, copied: false },
  { version: 16, copied: true },
  { version: 17, copied: true },
] as const;

const databases = versions.map(({ version, copied }) => ({
  name: `PostgreSQL ${version}`,
  runs: 10,
  open: async () => {
    const server = await startServer({ bin: dirname(part(`postgres-${version}`)), copied });
    const database = await openPostgres(server.url);
    const stop = async () => {
      await database.stop();
      await server.stop();
    };
    return { pool: database.pool, stop };
  },
}));

historyCases(databases);
randomRows(databases);
