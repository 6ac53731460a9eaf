import { quoteName } from '../table-sql.ts';
import type { TimescaleFeatures } from './features.ts';
import type { TimedTable } from './timed-table.ts';

/** The statement that makes a table a hypertable; its rows go into chunks, and nothing else of it changes. */
export function createHypertable({ qualified, days }: TimedTable, { schema }: TimescaleFeatures): string {
  return (
    `select ${quoteName(schema)}.create_hypertable('${qualified}', 'time', chunk_time_interval => interval '${days} days', ` +
    'create_default_indexes => false, if_not_exists => true, migrate_data => true)'
  );
}
