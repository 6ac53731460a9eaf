import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { agentKey } from '../../../src/demo/agent-key.ts';
import { probedAgents } from '../../../src/demo/cast.ts';
import type { ScriptedDeployment } from '../../../src/demo/deployment-script.ts';
import { demoEncryptionKey } from '../../../src/demo/fernet.ts';
import { startSimulatedFleet } from '../../../src/demo/fleet.ts';
import { imageOf } from '../../../src/demo/registry-file.ts';
import type { AgentScript } from '../../../src/demo/script.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Container, ContainerOptions } from './container.ts';
import type { Engine } from './engine.ts';
import { makeFolder, removeFolder } from './folder.ts';

/** The simulated fleet on the machine's own clock. */
export interface LiveFleet {
  /** What leads `serve` to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch at second 0 of its script. */
  readonly startedAt: number;
  /** Takes an agent out of the registry; the agent itself lives on. */
  forget(agent: AgentScript): Promise<void>;
  stop(): Promise<void>;
}

export interface LiveFleetOptions {
  readonly agents: readonly AgentScript[];
  readonly deployments?: readonly ScriptedDeployment[];
  readonly containers?: AgentContainers;
  /** How long after the start its script begins; at once when not given. */
  readonly beginsInMs?: number;
}

const followEveryMs = 100;
const registryFile = z.object({ version: z.string(), agents: z.record(z.string(), z.unknown()) });

export async function startLiveFleet({ containers, ...options }: LiveFleetOptions): Promise<LiveFleet> {
  const folder = await makeFolder('fleet');
  const fleet = await startSimulatedFleet({ ...options, clock: systemClock, folder });
  const registry = join(folder, 'shown', 'metadata.json');
  await mkdir(join(folder, 'shown'));
  const forgotten = new Set<string>();
  const showNow = async (): Promise<void> => {
    const { agents, ...rest } = registryFile.parse(JSON.parse(await readFile(fleet.paths.registry, 'utf8')));
    const left = Object.entries(agents).filter(([key]) => !forgotten.has(key));
    await writeFile(`${registry}.tmp`, JSON.stringify({ ...rest, agents: Object.fromEntries(left) }));
    await rename(`${registry}.tmp`, registry);
  };
  // One after the other: they write the same temporary file.
  let shown = Promise.resolve();
  const show = (): Promise<void> => {
    shown = shown.then(showNow);
    return shown;
  };
  await show();
  const ending = new AbortController();
  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await fleet.follow();
      await show();
      await delay(followEveryMs);
    }
  };
  const followContainers = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await containers?.follow(fleet.seconds());
      await delay(followEveryMs);
    }
  };
  // A container takes a while to be made, which no answer of an agent must wait for.
  const following = Promise.all([follow(), followContainers()]);
  // Told by `stop`.
  following.catch(() => undefined);
  const probed = fleet.agents.filter(({ agent }) => probedAgents.includes(agent.agentId));
  return {
    env: {
      TELEMETRY_REGISTRY: registry,
      TELEMETRY_MANAGER_CONFIG: fleet.paths.managerConfig,
      TELEMETRY_DEPLOYMENT_STATE: fleet.paths.deploymentState,
      TELEMETRY_AUDIT_LOG: fleet.paths.auditLog,
      CIRIS_ENCRYPTION_KEY: demoEncryptionKey,
      ...(probed.length === 0 ? {} : { TELEMETRY_ENDPOINTS: probed.map(healthAddress).join(',') }),
    },
    startedAt: fleet.startedAt,
    forget: async (agent) => {
      forgotten.add(agentKey(agent));
      await show();
    },
    stop: async () => {
      ending.abort();
      await following.finally(() => fleet.stop()).finally(() => removeFolder(folder));
    },
  };
}

const healthAddress = ({ url }: { readonly url: string }): string => `${url}/v1/system/health`;

/** A container that says it runs the agent, and sleeps. */
export function sleeperOf({ agentId, occurrenceId, template }: AgentScript): ContainerOptions {
  const occurrence = occurrenceId === undefined ? [] : [`--env=AGENT_OCCURRENCE_ID=${occurrenceId}`];
  return {
    name: `ciris-${agentId}`,
    flags: [
      `--env=CIRIS_AGENT_ID=${agentId}`,
      `--env=CIRIS_TEMPLATE=${template}`,
      `--label=ai.ciris.agents.id=${agentId}`,
      ...occurrence,
    ],
    command: ['sleep', '100000'],
  };
}

/** Containers of the agents of one host, each of the image that its script has at the time. */
export class AgentContainers {
  readonly #engine: Engine;
  readonly #agents: readonly AgentScript[];
  readonly #running = new Map<AgentScript, { readonly version: string; readonly container: Container }>();

  /** @param agents - of which those that are stopped on purpose get none. */
  constructor(engine: Engine, agents: readonly AgentScript[]) {
    this.#engine = engine;
    this.#agents = agents.filter(({ conduct }) => conduct !== 'stopped');
  }

  /** Makes those anew whose process is of another version now, as the manager does. */
  async follow(second: number): Promise<void> {
    for (const agent of this.#agents) {
      const version = agent.runs.findLast(({ from }) => from <= second)?.version;
      const before = this.#running.get(agent);
      if (version === undefined || before?.version === version) continue;
      await before?.container.remove();
      const image = imageOf(version);
      await this.#engine.addImage(image);
      this.#running.set(agent, {
        version,
        container: await this.#engine.run({ ...sleeperOf(agent), image }),
      });
    }
  }
}
