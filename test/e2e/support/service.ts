import { type Exit, type Program, type ProgramOptions, startProgram, whileRunning } from './program.ts';

export interface ServiceOptions extends ProgramOptions {
  /** What errors call it. */
  readonly name: string;
  /** Runs before each start. */
  readonly prepare?: () => Promise<void>;
  /** Resolves when the service can be used. */
  readonly ready: (program: Program) => Promise<unknown>;
  /** Asks for an orderly end; SIGTERM by default. */
  readonly haltSignal?: NodeJS.Signals;
  /** Runs before the last orderly end; the service is started for it when it does not run. */
  readonly beforeStop?: () => Promise<void>;
  /** Runs once, after the service was stopped for good. */
  readonly cleanup?: () => Promise<void>;
}

/** A program that serves until it is stopped, and that can be killed and started again with all it had on disk. */
export interface Service extends AsyncDisposable {
  pid(): number;
  output(): string;
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** How the process ended, once it has. */
  exited(): Promise<Exit>;
  /** Ends it with SIGKILL. */
  kill9(): Promise<void>;
  /** Ends it in an orderly way; all that it keeps stays. */
  halt(): Promise<Exit>;
  /** Starts it again on the same data and the same address, after an orderly end if it still runs. */
  restart(): Promise<void>;
  /** Ends it for good and removes what it kept. */
  stop(): Promise<void>;
}

/** An engine stops its containers, a database writes what it holds: on a busy disk either takes as long as that does. */
const haltTimeoutMs = 180_000;

export async function startService(options: ServiceOptions): Promise<Service> {
  let program = await launch(options).catch(async (error: unknown) => {
    await options.cleanup?.();
    throw error;
  });
  let running = true;
  let stopped: Promise<void> | undefined;

  const end = async (signal: NodeJS.Signals): Promise<Exit> => {
    running = false;
    program.signal(signal);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      program.signal('SIGKILL');
    }, haltTimeoutMs);
    const exit = await program.exit;
    clearTimeout(timer);
    if (late) throw new Error(`${options.name} did not end within ${haltTimeoutMs} ms of ${signal}`);
    return exit;
  };
  const halt = () => end(options.haltSignal ?? 'SIGTERM');
  const restart = async () => {
    if (running) await halt();
    program = await launch(options);
    running = true;
  };
  const stopOnce = async () => {
    try {
      if (options.beforeStop !== undefined && !running) await restart();
      await options.beforeStop?.();
    } finally {
      if (running) await halt().finally(options.cleanup);
      else await options.cleanup?.();
    }
  };
  const stop = () => {
    stopped ??= stopOnce();
    return stopped;
  };

  return {
    pid: () => program.pid,
    output: () => program.output(),
    line: (pattern, timeoutMs) => program.line(pattern, timeoutMs),
    signal: (name) => program.signal(name),
    exited: () => program.exit,
    kill9: async () => {
      await end('SIGKILL');
    },
    halt,
    restart,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(options: ServiceOptions): Promise<Program> {
  await options.prepare?.();
  const program = startProgram(options);
  try {
    await whileRunning(program, `${options.name} becomes ready`, () => options.ready(program));
    return program;
  } catch (error) {
    program.signal('SIGKILL');
    await program.exit;
    throw error;
  }
}
