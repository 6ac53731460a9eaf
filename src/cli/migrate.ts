import { completeUrl } from '../app/complete-url.ts';
import { migrateDatabase, rolesForAdministrator } from '../app/migrate-database.ts';
import { sharedSettings } from '../config/settings.ts';
import { createLogger } from './log.ts';
import { type Environment, type Flags, settingsOf } from './settings-of.ts';
import { stateDirOf } from './state-dir.ts';
import { warnOfStrayVariables } from './stray-variables.ts';

/** Brings the database to the schema that this version needs, and prints what it did. */
export async function migrate(flags: Flags, env: Environment): Promise<void> {
  const settings = await settingsOf(sharedSettings, { flags, env });
  const logger = createLogger(settings, (line) => process.stderr.write(line));
  warnOfStrayVariables(env, logger);
  const databaseUrl = completeUrl(settings.maintenanceDatabaseUrl ?? settings.databaseUrl, env);
  const stateDir = stateDirOf(settings.stateDir, env);
  const applied = await migrateDatabase({ ...settings, databaseUrl, stateDir, logger });
  const lines =
    applied.length === 0
      ? ['nothing to do: the database has every migration']
      : applied.map((name) => `applied ${name}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints what an administrator runs where the owner of the database may make no roles. */
export function printRolesScript(): void {
  process.stdout.write(rolesForAdministrator());
}
