import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
/** Node keeps there what it made of our sources, which is half of the time that a command takes to start. */
const compiled = fileURLToPath(
  new URL('../../../node_modules/.cache/ciris-telemetry/compiled', import.meta.url),
);

export interface CommandOptions {
  /** All of its environment but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** When the tests run as root. */
  readonly uid?: number;
  /** The descriptor of a file for its standard output. */
  readonly stdout?: number;
}

/** A command of ours that was started from the sources. */
export interface Command extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  errors(): string;
  /** Resolves once standard error holds the text; rejects when the command ends without it. */
  said(text: string): Promise<void>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function start(args: readonly string[], { env = {}, uid, stdout }: CommandOptions = {}): Command {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ['ignore', stdout ?? 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const { stderr } = child;
  if (stderr === null) throw new Error('standard error is no pipe');
  let errors = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const said = async (text: string): Promise<void> => {
    while (!errors.includes(text)) {
      const over = await Promise.race([once(stderr, 'data').then(() => false), ended.then(() => true)]);
      if (over && !errors.includes(text)) throw new Error(`it ended without saying "${text}": ${errors}`);
    }
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { child, errors: () => errors, said, ended, [Symbol.asyncDispose]: kill };
}

/** Runs a command to its end; what it wrote to standard error, and its exit code. */
export async function run(
  args: readonly string[],
  options?: CommandOptions,
): Promise<{ readonly code: number | NodeJS.Signals; readonly errors: string }> {
  const command = start(args, options);
  return { code: await command.ended, errors: command.errors() };
}
