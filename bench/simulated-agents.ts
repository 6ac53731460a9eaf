import { chmod } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { steadyAgents } from '../src/demo/cast.ts';
import { demoEncryptionKey } from '../src/demo/fernet.ts';
import { startSimulatedFleet } from '../src/demo/fleet.ts';
import { pathsIn } from '../src/demo/fleet-folder.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { startService } from '../test/e2e/support/service.ts';

/** Milliseconds that a simulated agent takes for an answer. */
export const answerMs = 5;

/** Between two snapshots, by the clock of both sides: every agent is asked for everything each time. */
export const leapMs = 60_000;
/** Far more than a signal takes. */
const signalMs = 50;

/** Agents in a process of their own, so that what they cost is not counted as ours. */
export interface SimulatedAgents extends AsyncDisposable {
  /** Sets the agents' clock forward. */
  leap(): Promise<void>;
  readonly registry: string;
  readonly encryptionKey: string;
}

export async function startSimulatedAgents(count: number): Promise<SimulatedAgents> {
  const folder = await makeFolder('bench');
  await chmod(folder, 0o755);
  const service = await startService({
    name: `${count} simulated agents`,
    command: process.execPath,
    args: [fileURLToPath(import.meta.url), folder, String(count)],
    deathSignal: 'SIGTERM',
    ready: (running) => running.line(/^ready$/m, 60_000),
  });
  return {
    registry: pathsIn(folder).registry,
    encryptionKey: demoEncryptionKey,
    leap: async () => {
      service.signal('SIGUSR2');
      await sleep(signalMs);
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

const [, script, folder, count] = process.argv;
if (script === fileURLToPath(import.meta.url) && folder !== undefined) {
  const agents = steadyAgents(Number(count));
  let leaptMs = 0;
  process.on('SIGUSR2', () => {
    leaptMs += leapMs;
  });
  const clock = { now: () => systemClock.now() + leaptMs };
  await startSimulatedFleet({ agents, clock, folder, answerMs });
  console.log('ready');
}
