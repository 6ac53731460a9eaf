import { catalog } from '../catalog/catalog.ts';
import { startEmbedded } from '../db/embedded/embedded.ts';
import { migrate } from '../db/migrate/migrate.ts';
import { rolesScript } from '../db/migrate/roles.ts';
import { type RetentionWish, wantedPolicies } from '../db/policy/wanted.ts';
import type { Logger } from '../runtime/logger.ts';

export interface MigrateDatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
  /** For tables that no policy says it of yet; the defaults when not given. */
  readonly retention?: RetentionWish | undefined;
  readonly logger: Logger;
}

const withinMs = 10 * 60_000;

/** Migrates the database of the settings once; resolves with the names of the migrations that it applied. */
export async function migrateDatabase(options: MigrateDatabaseOptions): Promise<readonly string[]> {
  const { databaseUrl, stateDir, retention, logger } = options;
  // Wrong settings are told before anything is changed.
  wantedPolicies(catalog, retention);
  const signal = AbortSignal.timeout(withinMs);
  if (databaseUrl !== undefined) return migrate(databaseUrl, { catalog, retention, logger, signal });
  const embedded = await startEmbedded({ stateDir, logger, signal });
  try {
    return await migrate(embedded.url, { catalog, retention, logger, signal });
  } finally {
    await embedded.stop();
  }
}

/** The SQL that makes the roles of a database; nothing is connected to. */
export function rolesForAdministrator(): string {
  return rolesScript();
}
