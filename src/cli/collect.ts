import { hostname } from 'node:os';
import { collectOnce } from '../app/collect-once.ts';
import { collectSettings } from '../config/settings.ts';
import { microsToIso } from '../metric/time.ts';
import { systemClock } from '../runtime/clock.ts';
import { packageVersion } from '../runtime/package-version.ts';
import { budgetMsOf } from '../snapshot/options.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { createLogger } from './log.ts';
import { type Environment, type Flags, settingsOf } from './settings-of.ts';
import { snapshotText } from './snapshot-view.ts';
import { warnOfStrayVariables } from './stray-variables.ts';

/** Takes one snapshot and prints it. Resolves with the exit code: 1 when a source could not be read. */
export async function collect(
  flags: Flags,
  env: Environment,
  { json }: { readonly json: boolean },
): Promise<number> {
  const settings = await settingsOf(collectSettings, { flags, env });
  // What it has to say of a source stands below the table; only what must be acted on comes first.
  const logLevel = settings.logLevel === 'debug' ? 'debug' : 'error';
  const write = (line: string) => process.stderr.write(line);
  warnOfStrayVariables(env, createLogger(settings, write));
  const snapshot = await collectOnce({
    watch: settings,
    budgetMs: budgetMsOf({ interval: 60, collectTimeout: settings.collectTimeout }),
    instance: settings.instance ?? hostname(),
    version: packageVersion(),
    clock: systemClock,
    logger: createLogger({ ...settings, logLevel }, write),
  });
  process.stdout.write(
    json ? `${JSON.stringify(programView(snapshot), bigintText, 2)}\n` : snapshotText(snapshot),
  );
  return snapshot.outcomes.every(({ ok }) => ok) ? 0 : 1;
}

/** Rows as the exporter keeps them, with times that other programs read. */
function programView(snapshot: Snapshot): unknown {
  const { rows, time, ...rest } = snapshot;
  return {
    ...rest,
    time: microsToIso(time),
    rows: rows.map(({ time: _, start, ...row }) =>
      start === undefined ? row : { ...row, start: microsToIso(start) },
    ),
  };
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
