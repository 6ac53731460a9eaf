import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from './parts.ts';
import { freePort } from './port.ts';

export interface DemoOptions {
  /** Stands in for /var/run, where the demo looks for `docker.sock`: no engine of the machine is ever used. */
  readonly varRun: string;
  /** Where it may keep what it likes. */
  readonly folder: string;
}

/** `npm run demo` in a terminal of its own. */
export interface Demo extends AsyncDisposable {
  readonly url: string;
  /** For its temporary files. */
  readonly temporary: string;
  /** Milliseconds on the monotonic clock. */
  readonly startedAt: number;
  output(): string;
  /** As a terminal does it on Ctrl+C: to npm, its shell and the demo at once. Resolves when the last of them has closed its output. */
  interrupt(): Promise<void>;
}

// Of util-linux: it gives a program mounts of its own.
const unshare = 'unshare';

const inside = 'mount --bind "$1" /var/run && shift && exec "$@"';

export async function startDemo({ varRun, folder }: DemoOptions): Promise<Demo> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const port = await freePort();
  const npm = ['npm', 'run', 'demo', '--', '--port', String(port)];
  // npm itself would keep a cache among the temporary files.
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TMPDIR: temporary,
    NODE_DISABLE_COMPILE_CACHE: '1',
  };
  const child = spawn(unshare, ['--mount', 'sh', '-c', inside, 'sh', varRun, ...npm], {
    cwd: checkout,
    env,
    // A process group of its own, as a shell gives to each command.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  const closed = once(child, 'close');
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, name);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    temporary,
    startedAt: performance.now(),
    output: () => output,
    interrupt: async () => {
      signal('SIGINT');
      await closed;
    },
    [Symbol.asyncDispose]: async () => {
      signal('SIGKILL');
      await closed;
    },
  };
}
