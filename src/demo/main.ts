import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { complaint } from '../cli/complaint.ts';
import { serve } from '../cli/serve.ts';
import { type Flags, settingsOf } from '../cli/settings-of.ts';
import type { ValuesOf } from '../config/setting.ts';
import { serveSettings } from '../config/settings.ts';
import { systemClock } from '../runtime/clock.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { Releasers } from '../runtime/releasers.ts';
import { demoAgents, demoDeployments, probedAgents } from './cast.ts';
import { startContainers } from './containers.ts';
import { type SimulatedFleet, startSimulatedFleet } from './fleet.ts';
import { environmentOf, flagsOf, urlOf } from './serve-call.ts';
import { welcome } from './welcome.ts';

const followEveryMs = 500;
const defaultSocket = 'unix:///var/run/docker.sock';

try {
  await demo(flagsOf(process.argv.slice(2)));
} catch (thrown) {
  process.stderr.write(complaint(thrown, 'text'));
  process.exitCode = thrown instanceof TelemetryError && thrown.code === 'setting_invalid' ? 2 : 1;
}

/** Runs the simulated fleet, and `serve` on it, until a signal ends both. */
async function demo(flags: Flags): Promise<void> {
  const settings = await settingsOf(serveSettings, { flags, env: process.env });
  const releasers = new Releasers();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'ciris-telemetry-demo-'));
    // Also when a second signal ends the process at once.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    // The embedded database may run as another user.
    await chmod(folder, 0o755);
    const clock = systemClock;
    const fleet = await startSimulatedFleet({
      agents: demoAgents,
      deployments: demoDeployments,
      clock,
      folder,
    });
    releasers.add('fleet', () => fleet.stop());
    const containers = await containersOf(settings, releasers);
    const url = urlOf(settings);
    process.stdout.write(welcome({ url, agents: fleet.agents.length, containers, folder }));
    const ending = new AbortController();
    const following = follow(fleet, ending.signal).catch((thrown: unknown) => {
      process.stderr.write(`the simulated fleet stands still: ${messageOf(thrown)}\n`);
    });
    releasers.add('script', () => {
      ending.abort();
      return following;
    });
    const endpoints = fleet.agents
      .filter(({ agent }) => probedAgents.includes(agent.agentId))
      .map(({ url }) => `${url}/v1/system/health`);
    await serve(flags, environmentOf(process.env, { paths: fleet.paths, endpoints, folder }));
  } finally {
    await releasers.close();
  }
}

async function containersOf(
  { dockerHost, serverId }: ValuesOf<typeof serveSettings>,
  releasers: Releasers,
): Promise<string> {
  const none = 'No containers are started, so that the fleet is seen by HTTP and files alone';
  if (dockerHost !== defaultSocket) return `${none}: the engine is not the one of this machine.`;
  const socketPath = defaultSocket.slice('unix://'.length);
  const { started, reason, remove } = await startContainers(demoAgents, { socketPath, serverId });
  releasers.add('containers', remove);
  if (reason !== undefined) return `${none}: ${reason}.`;
  return `${started} sleeping containers carry the names of agents, and are removed at the end.`;
}

/** Keeps ports and files to the script until the signal aborts. */
async function follow(fleet: SimulatedFleet, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fleet.follow();
    await sleep(followEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
