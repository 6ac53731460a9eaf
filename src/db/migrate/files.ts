import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TelemetryError } from '../../runtime/errors.ts';

/** One file of `migrations`, which never changes once a database may have seen it. */
export interface Migration {
  /** 1, 2, 3, … without a gap. */
  readonly id: number;
  /** `0001_init` */
  readonly name: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
  /** False for what PostgreSQL or TimescaleDB does not do in a transaction; then it must bear being run again. */
  readonly transactional: boolean;
  readonly statements: readonly string[];
}

/** The same from `src/db` and from `dist/db`. */
const packageFolder = fileURLToPath(new URL('../../../migrations/', import.meta.url));
/** What the migrations lead to, for readers. */
const picture = 'schema.sql';
const outsideTransaction = '-- migrate: no-transaction';

/** The migrations that this version brings, in order. */
export async function readMigrations(folder: string = packageFolder): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql') && name !== picture).sort();
  const migrations: Migration[] = [];
  for (const file of files) migrations.push(parseMigration(file, await readFile(join(folder, file), 'utf8')));
  const gap = migrations.findIndex(({ id }, index) => id !== index + 1);
  if (gap !== -1 || migrations.length === 0) {
    throw new TelemetryError(
      'internal',
      `the migrations in ${folder} are not numbered 0001, 0002, … without a gap (${files.join(', ') || 'none'}): install the package again`,
    );
  }
  return migrations;
}

export function parseMigration(file: string, content: string): Migration {
  const name = file.replace(/\.sql$/, '');
  // A checkout on another system may have turned the line ends.
  const text = content.replaceAll('\r\n', '\n');
  return {
    id: Number(/^(\d{4})_/.exec(name)?.[1]),
    name,
    checksum: createHash('sha256').update(text).digest('hex'),
    transactional: !text.startsWith(`${outsideTransaction}\n`),
    statements: text
      .split(/^-- statement$/m)
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ''),
  };
}
