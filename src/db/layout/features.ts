import type { ClientBase } from 'pg';
import { z } from 'zod';
import { TelemetryError } from '../../runtime/errors.ts';
import { quoteName } from '../table-sql.ts';

export interface TimescaleFeatures {
  readonly version: string;
  /** `timescale` is the community edition; what is under the Apache license alone has no continuous aggregates and no jobs. */
  readonly license: 'timescale' | 'apache';
  /** Where the functions of the extension lie. */
  readonly schema: string;
}

/** What the database can do beyond PostgreSQL itself. */
export interface DatabaseFeatures {
  readonly timescale?: TimescaleFeatures;
}

const found = z.array(z.object({ version: z.string(), schema: z.string() })).max(1);
const settings = z.array(z.object({ license: z.string().nullable() })).length(1);

/** Rejects with `database_schema` for a TimescaleDB that is too old. */
export async function readFeatures(client: ClientBase): Promise<DatabaseFeatures> {
  const { rows } = await client.query(
    `select extversion as version, nspname as schema
     from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'timescaledb'`,
  );
  const [extension] = found.parse(rows);
  if (extension === undefined) return {};
  requireTimescale(extension.version);
  // The setting is there once the library of the extension is loaded, which the first call of a function does.
  await client.query(`select ${quoteName(extension.schema)}.time_bucket(interval '1 day', now())`);
  const setting = await client.query(`select current_setting('timescaledb.license', true) as license`);
  const license = settings.parse(setting.rows)[0]?.license === 'timescale' ? 'timescale' : 'apache';
  return { timescale: { ...extension, license } };
}

const oldest = { major: 2, minor: 13 };

/** Throws `database_schema` for a version that lacks what we need. */
export function requireTimescale(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  throw new TelemetryError(
    'database_schema',
    `the database has TimescaleDB ${version}, which is too old: upgrade it to ${oldest.major}.${oldest.minor} or newer ` +
      'with "alter extension timescaledb update", or use a database without the extension',
  );
}
