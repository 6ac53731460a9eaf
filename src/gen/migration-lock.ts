import * as z from 'zod';
import type { Breach } from '../catalog/breach.ts';
import { type Migration, parseMigration } from '../db/migrate/files.ts';
import { type Artifact, jsonArtifact } from './artifact.ts';
import { findInCheckout, readCheckout } from './checkout.ts';

export const migrationLockPath = 'migrations/migrations.lock.json';

/** SHA-256 of each migration that a database may have seen, by its name. */
export type MigrationLock = Readonly<Record<string, string>>;

export function parseMigrationLock(text: string | undefined): MigrationLock {
  return text === undefined ? {} : z.record(z.string(), z.string()).parse(JSON.parse(text));
}

/** The migrations of the checkout, in order. */
export function readCheckoutMigrations(): readonly Migration[] {
  return findInCheckout('migrations/[0-9]*.sql').map((path) =>
    parseMigration(path.replace(/^.*\//, ''), readCheckout(path) ?? ''),
  );
}

/** Migrations that are locked and not there as they were. */
export function findMigrationBreaches(
  locked: MigrationLock,
  migrations: readonly Migration[],
): readonly Breach[] {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  return Object.entries(locked).flatMap(([name, checksum]) => {
    const found = checksums.get(name);
    if (found === checksum) return [];
    const what = found === undefined ? 'is missing' : 'was changed';
    const message =
      `migrations/${name}.sql ${what}, and databases that have it could not be brought further: ` +
      `put it back and write another migration. While no database of anybody else has seen it, take it out of ${migrationLockPath} instead`;
    return [{ metric: name, rule: 'migration-locked', message }];
  });
}

/** The lock of migrations that break none. */
export function lockMigrations(migrations: readonly Migration[]): Artifact {
  const checksums = migrations.map(({ name, checksum }) => [name, checksum] as const);
  return jsonArtifact(migrationLockPath, Object.fromEntries(checksums));
}
