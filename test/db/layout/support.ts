import { Client } from 'pg';
import { type Catalog, catalog } from '../../../src/catalog/catalog.ts';
import type { ApplyLayoutOptions } from '../../../src/db/layout/apply-layout.ts';
import { readMigrations } from '../../../src/db/migrate/files.ts';
import { migrate } from '../../../src/db/migrate/migrate.ts';
import type { AnyEntity } from '../../../src/metric/define.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';

export const now = new Date('2026-03-20T12:34:56Z');

export function layoutOptions(of: Catalog = catalog): ApplyLayoutOptions {
  return { catalog: of, logger: silentLogger, now };
}

/** Runs the migrations up to the one with this number; only those after the second know of a layout. */
export async function migrateTo(url: string, last: number): Promise<void> {
  const migrations = (await readMigrations()).slice(0, last);
  const options = { logger: silentLogger, signal: AbortSignal.timeout(60_000), migrations };
  await migrate(url, { ...options, catalog: { entities: [] } });
}

/** Runs the statements of all migrations, and nothing that follows them. */
export async function migrateBare(url: string): Promise<void> {
  await migrateTo(url, 1);
  await withClient(url, async (client) => {
    for (const { statements, id, name, checksum } of (await readMigrations()).slice(1)) {
      for (const statement of statements) await client.query(statement);
      await client.query('insert into telemetry.migration values ($1, $2, $3, now())', [id, name, checksum]);
    }
  });
}

export async function migrateWhole(url: string): Promise<void> {
  await migrate(url, { catalog, logger: silentLogger, signal: AbortSignal.timeout(60_000) });
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A row of `server` every two hours of the ten days before `now`, the newest a minute old. */
export const tenDays = `
  insert into telemetry.server (server_id, time, host_name, containers_running)
  select 'main', timestamptz '2026-03-20T12:33:56Z' - n * interval '2 hours', 'old', n from generate_series(0, 119) as n`;

/** The catalog with one gauge more of `server`, whose column is `load`. */
export const grownCatalog: Catalog = { entities: catalog.entities.map(grown) };

function grown(entity: AnyEntity): AnyEntity {
  if (entity.name !== 'server') return entity;
  const load = {
    kind: 'gauge',
    name: 'ciris.server.load',
    unit: '',
    value: 'double',
    brief: 'How busy it is.',
    read: () => undefined,
  } as const;
  return { ...entity, metrics: { load, ...entity.metrics } };
}
