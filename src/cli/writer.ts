import { completeUrl } from '../app/complete-url.ts';
import { startWriter } from '../app/writer.ts';
import { sharedSettings, writerSettings } from '../config/settings.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from './log.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type Environment, type Flags, settingsOf } from './settings-of.ts';
import { stateDirOf } from './state-dir.ts';
import { warnOfStrayVariables } from './stray-variables.ts';

/** Runs the writer until a signal ends it. */
export async function writer(flags: Flags, env: Environment): Promise<void> {
  const shared = await settingsOf(sharedSettings, { flags, env });
  const own = await settingsOf(writerSettings, { flags, env, section: 'writer' });
  const logger = createLogger(shared, (line) => process.stderr.write(line));
  warnOfStrayVariables(env, logger);
  const databaseUrl = completeUrl(shared.databaseUrl, env);
  const { retention } = shared;
  const maintenanceDatabaseUrl = completeUrl(shared.maintenanceDatabaseUrl, env);
  const stateDir = stateDirOf(shared.stateDir, env);
  const config = { ...own, databaseUrl, maintenanceDatabaseUrl, retention, stateDir };
  await runUntilSignal((signal) => startWriter(config, { clock: systemClock, logger, signal }), logger);
}
