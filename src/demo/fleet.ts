import type { Clock } from '../runtime/clock.ts';
import type { ScriptedDeployment } from './deployment-script.ts';
import { FakeAgent } from './fake-agent.ts';
import { FleetFiles } from './fleet-files.ts';
import { type FleetPaths, pathsIn, writeManagerConfig } from './fleet-folder.ts';
import type { AgentScript, Seconds } from './script.ts';

export interface FleetOptions {
  readonly agents: readonly AgentScript[];
  readonly deployments?: readonly ScriptedDeployment[];
  readonly clock: Pick<Clock, 'now'>;
  /** How long after the start the script's second 0 is; 0 when not given. */
  readonly beginsInMs?: number;
  /** Exists; the files of the manager are written into it, and stay there. */
  readonly folder: string;
  /** Milliseconds that each answer takes. */
  readonly answerMs?: number;
}

/** A fleet that does what its script says. */
export interface SimulatedFleet {
  readonly paths: FleetPaths;
  /** In the order of their scripts. */
  readonly agents: readonly FakeAgent[];
  /** Milliseconds since the epoch at second 0. */
  readonly startedAt: number;
  /** Seconds since then. */
  seconds(): Seconds;
  /** Brings ports and files to what is true now. Answers follow the clock by themselves. */
  follow(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the agents, each on a free port of the loopback address, and writes the files of their manager. */
export async function startSimulatedFleet(options: FleetOptions): Promise<SimulatedFleet> {
  const { agents: scripts, deployments = [], clock, folder, beginsInMs = 0, answerMs = 0 } = options;
  const startedAt = clock.now() + beginsInMs;
  const paths = pathsIn(folder);
  const now = () => clock.now();
  const agents = scripts.map((agent) => new FakeAgent({ agent, now, startedAt, answerMs }));
  const files = new FleetFiles({ paths, agents, deployments, startedAt });

  const seconds = (): Seconds => (clock.now() - startedAt) / 1000;
  const follow = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.follow()));
    await files.write(seconds());
  };
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.close()));
  };
  try {
    // All have a port before any gives its own back: no two agents ever get the same.
    await Promise.all(agents.map((agent) => agent.start()));
    await writeManagerConfig(paths);
    await follow();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { paths, agents, startedAt, seconds, follow, stop };
}
