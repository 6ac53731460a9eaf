import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { eventually } from './eventually.ts';

// Of util-linux: it can tie a program's life to its parent's, and give up root.
const setpriv = 'setpriv';

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; the test's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Runs the program as this user when the test runs as root. */
  readonly user?: string;
  /** What the kernel sends the program when the test process dies. */
  readonly deathSignal?: NodeJS.Signals;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that was started and may have ended since. */
export interface Program {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  /** Standard output and standard error, in the order they came. */
  output(): string;
  /** The first output line that matches, already printed or still to come; rejects when the program ends without it. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a program that dies with the test process. */
export function startProgram(options: ProgramOptions): Program {
  const child = spawn(setpriv, wrapped(options), {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`Cannot start ${options.command}: util-linux brings setpriv`);
  const program: Program = {
    pid,
    exit,
    output: () => output,
    line: async (pattern, timeoutMs) => {
      const printed = () => output.split('\n').find((line) => pattern.test(line));
      const what = `${options.command} prints ${pattern}`;
      try {
        return await whileRunning(program, what, () => eventually(what, async () => printed(), timeoutMs));
      } catch (error) {
        // A program that ended may have printed it as its last word.
        const line = printed();
        if (line === undefined) throw error;
        return line;
      }
    },
    signal: (name) => {
      child.kill(name);
    },
  };
  return program;
}

/** What `work` gives; rejects with the program's last output when that fails or the program ends first. */
export async function whileRunning<T>(program: Program, what: string, work: () => Promise<T>): Promise<T> {
  const ended = program.exit.then(({ code, signal }) => {
    throw new Error(`The program ended with ${signal ?? code}`);
  });
  try {
    return await Promise.race([work(), ended]);
  } catch (cause) {
    throw new Error(`${what}: failed; the program's last output:\n${program.output().slice(-4000)}`, {
      cause,
    });
  }
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function runProgram(options: ProgramOptions & { readonly stdin?: string }): Promise<Finished> {
  const child = spawn(setpriv, wrapped(options), { cwd: options.cwd, env: options.env ?? process.env });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A program may end without reading all that it was given; its exit code says whether that was well.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** The output of a program that must end well. */
export async function succeed(options: ProgramOptions): Promise<string> {
  const { code, stdout, stderr } = await runProgram(options);
  if (code !== 0) {
    throw new Error(`${options.command} ${options.args.join(' ')} ended with ${code}: ${stderr || stdout}`);
  }
  return stdout.trim();
}

function wrapped({ command, args, user, deathSignal = 'SIGKILL' }: ProgramOptions): string[] {
  const asUser =
    user !== undefined && process.getuid?.() === 0
      ? [`--reuid=${user}`, `--regid=${user}`, '--clear-groups']
      : [];
  return [`--pdeathsig=${deathSignal.slice('SIG'.length)}`, ...asUser, command, ...args];
}
