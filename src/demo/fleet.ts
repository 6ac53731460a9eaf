import type { Clock } from '../runtime/clock.ts';
import { auditAt } from './audit-file.ts';
import { deploymentStateAt } from './deployment-file.ts';
import type { ScriptedDeployment } from './deployment-script.ts';
import { FakeAgent } from './fake-agent.ts';
import { AppendedFile, type FleetPaths, pathsIn, ReplacedFile, writeManagerConfig } from './fleet-folder.ts';
import { registryAt } from './registry-file.ts';
import type { AgentScript, Seconds } from './script.ts';
import { pythonTime } from './shapes/moment.ts';

export interface FleetOptions {
  readonly agents: readonly AgentScript[];
  readonly deployments?: readonly ScriptedDeployment[];
  /** The script's second 0 is its time at the start. */
  readonly clock: Pick<Clock, 'now'>;
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
  const { agents: scripts, deployments = [], clock, folder, answerMs = 0 } = options;
  const startedAt = clock.now();
  const paths = pathsIn(folder);
  const now = () => clock.now();
  const agents = scripts.map((agent) => new FakeAgent({ agent, now, startedAt, answerMs }));
  const files = {
    registry: new ReplacedFile(paths.registry),
    deploymentState: new ReplacedFile(paths.deploymentState),
    auditLog: new AppendedFile(paths.auditLog),
  };
  const seconds = (): Seconds => (clock.now() - startedAt) / 1000;

  const writeFiles = async (): Promise<void> => {
    const [moment, epoch, written] = [seconds(), { startedAt }, pythonTime(clock.now())];
    const listed = agents.map(({ agent, port }) => ({ agent, port }));
    await files.registry.write(registryAt(listed, moment, epoch), { updated_at: written });
    await files.deploymentState.write(deploymentStateAt(deployments, moment, epoch), { saved_at: written });
    await files.auditLog.write(auditAt(deployments, moment, epoch));
  };
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.close()));
  };

  const follow = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.follow()));
    await writeFiles();
  };

  try {
    await writeManagerConfig(paths);
    // All have a port before any gives its own back: no two agents ever get the same.
    await Promise.all(agents.map((agent) => agent.start()));
    await follow();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { paths, agents, startedAt, seconds, follow, stop };
}
