import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { TelemetryError } from '../runtime/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where state is kept when nobody says so. Root's home is closed to the user that the embedded database runs as. */
export function stateDirOf(given: string | undefined, environment: Environment): string {
  if (given !== undefined) return resolve(given);
  if (process.getuid?.() === 0) return '/var/lib/ciris-telemetry';
  return join(stateHome(environment), 'ciris-telemetry');
}

function stateHome({ XDG_STATE_HOME: given = '' }: Environment): string {
  // By its specification, one that is not absolute is none.
  if (isAbsolute(given)) return given;
  const home = homeOrNothing();
  if (home !== '') return join(home, '.local', 'state');
  throw new TelemetryError(
    'setting_invalid',
    'setting state-dir: nothing is given, and this user has no home directory to keep state in: give the path of a folder ' +
      'with --state-dir or TELEMETRY_STATE_DIR',
  );
}

function homeOrNothing(): string {
  try {
    return homedir();
  } catch {
    // Without HOME the answer is in the list of users, where a container's user need not be.
    return '';
  }
}
