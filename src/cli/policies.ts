import { completeUrl } from '../app/complete-url.ts';
import { applyRetention, type PoliciesOptions, planRetention, showRetention } from '../app/policies.ts';
import { sharedSettings } from '../config/settings.ts';
import { createLogger } from './log.ts';
import { planText, remarkText, shownText } from './policies-view.ts';
import { type Environment, type Flags, settingsOf } from './settings-of.ts';
import { stateDirOf } from './state-dir.ts';
import { warnOfStrayVariables } from './stray-variables.ts';

/** The exit code of `plan` when `apply` would change something. */
const somethingToDo = 3;

/** Prints what `apply` would change. Gives the exit code: 0 for nothing, 3 for something. */
export async function planPolicies(flags: Flags, env: Environment): Promise<number> {
  const { changes, remarks } = await planRetention(await optionsOf(flags, env));
  process.stderr.write(remarkText(remarks));
  process.stdout.write(planText(changes, 'nothing to do: the settings are in force'));
  return changes.length === 0 ? 0 : somethingToDo;
}

/** Puts the settings in force, and prints what that changed. */
export async function applyPolicies(flags: Flags, env: Environment): Promise<void> {
  const { changes, remarks } = await applyRetention(await optionsOf(flags, env));
  process.stderr.write(remarkText(remarks));
  process.stdout.write(planText(changes, 'nothing to do: the settings were in force already'));
}

/** Prints what is in force, with sizes and the oldest rows. */
export async function showPolicies(
  flags: Flags,
  env: Environment,
  { json }: { readonly json: boolean },
): Promise<void> {
  const shown = await showRetention(await optionsOf(flags, env));
  process.stdout.write(json ? `${JSON.stringify(shown, undefined, 2)}\n` : shownText(shown));
}

async function optionsOf(flags: Flags, env: Environment): Promise<PoliciesOptions> {
  const settings = await settingsOf(sharedSettings, { flags, env });
  const logger = createLogger(settings, (line) => process.stderr.write(line));
  warnOfStrayVariables(env, logger);
  const databaseUrl = completeUrl(settings.maintenanceDatabaseUrl ?? settings.databaseUrl, env);
  return { ...settings, databaseUrl, stateDir: stateDirOf(settings.stateDir, env), logger };
}
