import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where state is kept when nobody says so. Root's home is closed to the user that the embedded database runs as. */
export function stateDirOf(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (given !== undefined) return resolve(given);
  if (process.getuid?.() === 0) return '/var/lib/ciris-telemetry';
  const base = environment.XDG_STATE_HOME;
  return join(
    base === undefined || base === '' ? join(homedir(), '.local', 'state') : base,
    'ciris-telemetry',
  );
}
