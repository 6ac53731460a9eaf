import type { Pool } from 'pg';
import { type Migration, readMigrations } from './files.ts';
import { hasRecords, readRecords } from './record.ts';

export interface MigrationStatus {
  readonly name: string;
  /** `unfinished`: begun and cut short, to be run again. `unknown`: of a newer version. `changed`: not the one that was applied. */
  readonly state: 'applied' | 'pending' | 'unfinished' | 'changed' | 'unknown';
  readonly appliedAt: Date | undefined;
}

/** Every migration that the package or the database knows, in order. */
export async function migrationStatus(
  pool: Pool,
  known?: readonly Migration[],
): Promise<readonly MigrationStatus[]> {
  const migrations = known ?? (await readMigrations());
  const records = (await hasRecords(pool)) ? await readRecords(pool) : [];
  const byId = new Map(records.map((record) => [record.id, record]));
  const ours = migrations.map(({ id, name, checksum }): MigrationStatus => {
    const record = byId.get(id);
    if (record === undefined) return { name, state: 'pending', appliedAt: undefined };
    const { appliedAt } = record;
    if (record.checksum !== checksum) return { name, state: 'changed', appliedAt };
    return { name, state: appliedAt === undefined ? 'unfinished' : 'applied', appliedAt };
  });
  const theirs = records
    .filter(({ id }) => id > migrations.length)
    .map(({ name, appliedAt }): MigrationStatus => ({ name, state: 'unknown', appliedAt }));
  return [...ours, ...theirs];
}
