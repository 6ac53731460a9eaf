import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import { schemaName } from '../../catalog/table.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Migration } from './files.ts';

/** What the database says about one migration. */
export interface MigrationRecord {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
  /** Undefined for one without a transaction that was begun and not ended. */
  readonly appliedAt: Date | undefined;
}

export const recordTable = `${schemaName}.migration`;
const records = z.array(
  z.object({ id: z.number(), name: z.string(), checksum: z.string(), applied_at: z.date().nullable() }),
);

/** Makes the table of records; a role that may not create schemas needs it made already. */
export async function ensureRecords(client: ClientBase): Promise<void> {
  if (await hasRecords(client)) return;
  await client.query(`create schema if not exists ${schemaName}`);
  await client.query(
    `create table if not exists ${recordTable} (id integer primary key, name text not null, checksum text not null, applied_at timestamptz)`,
  );
}

export async function hasRecords(database: ClientBase | Pool): Promise<boolean> {
  const { rowCount } = await database.query('select 1 where to_regclass($1) is not null', [recordTable]);
  return rowCount === 1;
}

export async function readRecords(database: ClientBase | Pool): Promise<readonly MigrationRecord[]> {
  const { rows } = await database.query(
    `select id, name, checksum, applied_at from ${recordTable} order by id`,
  );
  return records
    .parse(rows)
    .map(({ applied_at, ...record }) => ({ ...record, appliedAt: applied_at ?? undefined }));
}

/** Goes before the statements: whoever comes second, lock or no lock, fails here before it has changed anything. */
export async function beginRecord(client: ClientBase, { id, name, checksum }: Migration): Promise<void> {
  await client.query(`insert into ${recordTable} (id, name, checksum) values ($1, $2, $3)`, [
    id,
    name,
    checksum,
  ]);
}

export async function endRecord(client: ClientBase, { id }: Migration): Promise<void> {
  await client.query(`update ${recordTable} set applied_at = clock_timestamp() where id = $1`, [id]);
}

/** Refuses a database that this version must not touch: a newer one, or one whose past is another. */
export function requireKnownPast(recorded: readonly MigrationRecord[], known: readonly Migration[]): void {
  for (const { id, name, checksum } of recorded) {
    const migration = known[id - 1];
    if (migration === undefined) {
      throw new TelemetryError(
        'database_schema',
        `the database is newer than this version of ciris-telemetry: it has migration ${name}, and this version ends with ` +
          `${known.at(-1)?.name}. Install the newer version again, or use another database`,
      );
    }
    if (migration.checksum !== checksum || migration.name !== name) {
      throw new TelemetryError(
        'database_schema',
        `migration ${migration.name} is not the one that the database was made with (${name}, SHA-256 ${checksum}): ` +
          'merged migrations never change. Install the released package again, or use another database',
      );
    }
  }
}
