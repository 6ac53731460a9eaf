import { migrationStatements } from '../catalog/ddl.ts';
import type { Lock, LockedTable } from '../catalog/lock.ts';
import { type Artifact, jsonArtifact } from './artifact.ts';

export const lockPath = 'migrations/catalog.lock.json';

export interface MigrationInputs {
  /** What the migrations reach so far. */
  readonly locked: Lock;
  readonly current: Lock;
  /** Paths of the SQL files in `migrations`. */
  readonly files: readonly string[];
}

/** The next migration, if the tables have changed, and the lock that it reaches. Files that are there stay as they are. */
export function generateMigration({ locked, current, files }: MigrationInputs): readonly Artifact[] {
  const lock = jsonArtifact(lockPath, current);
  const statements = migrationStatements(locked.tables, current.tables);
  if (statements.length === 0) return [lock];
  const name = `${nextNumber(files)}_${describeChange(locked.tables, current.tables)}.sql`;
  return [{ path: `migrations/${name}`, content: `${statements.join('\n-- statement\n')}\n` }, lock];
}

function nextNumber(files: readonly string[]): string {
  const numbers = files.map((file) => Number(/\/(\d{4})_/.exec(file)?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

/** What a migration is called: its first new column or table, and how many more there are. */
function describeChange(from: readonly LockedTable[], to: readonly LockedTable[]): string {
  if (from.length === 0) return 'init';
  const known = new Map(from.map((table) => [table.name, new Set(table.columns.map(({ name }) => name))]));
  const news = to.flatMap(({ name, columns }) => {
    const before = known.get(name);
    if (before === undefined) return [name];
    return columns.filter((column) => !before.has(column.name)).map((column) => `${name}_${column.name}`);
  });
  const [first = 'comments', ...more] = news;
  return more.length === 0 ? first : `${first}_and_${more.length}_more`;
}
