import { join } from 'node:path';
import { answers } from './eventually.ts';
import { checkout } from './parts.ts';
import { type Finished, type Program, type ProgramOptions, runProgram } from './program.ts';
import { type Service, startService } from './service.ts';

export interface CliOptions {
  readonly args: readonly string[];
  /** All of its environment except PATH, HOME and where Node keeps compiled sources, so that no setting of the machine leaks in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs it as this user when the test runs as root. */
  readonly user?: string;
}

export interface CliServiceOptions extends CliOptions {
  /** Ready when this address answers with 2xx, or when a line like this was printed. */
  readonly ready: string | RegExp;
}

/** Node keeps there what it made of our sources, which is half of the time that a command takes to start. */
const compiled = join(checkout, 'node_modules/.cache/ciris-telemetry/compiled');

function programOptions({ args, env, cwd = checkout, user }: CliOptions): ProgramOptions {
  return {
    ...(user === undefined ? {} : { user }),
    command: join(checkout, 'node_modules/.bin/node'),
    args: [join(checkout, 'src/cli/main.ts'), ...args],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_COMPILE_CACHE: compiled, ...env },
    cwd,
    deathSignal: 'SIGTERM',
  };
}

/** Starts a command of ours that serves, such as `serve` or `writer`, from the checkout's sources. */
export async function startCli(options: CliServiceOptions): Promise<Service> {
  const { ready } = options;
  return await startService({
    ...programOptions(options),
    name: `ciris-telemetry ${options.args.join(' ')}`,
    ready: (program: Program) => (typeof ready === 'string' ? answers(ready) : program.line(ready)),
  });
}

/** Runs a command of ours to its end. */
export async function runCli(options: CliOptions & { readonly stdin?: string }): Promise<Finished> {
  const { stdin } = options;
  return await runProgram({ ...programOptions(options), ...(stdin === undefined ? {} : { stdin }) });
}
