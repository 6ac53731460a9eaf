import {
  createTelemetry,
  type DeploymentRecord,
  type HostTarget,
  type RegistryDocument,
  type Telemetry,
  type VersionRecord,
} from 'ciris-telemetry';

/** What a host knows of its fleet, in whatever way it keeps it. */
export interface Fleet {
  agents(): Promise<readonly { readonly id: string; readonly port: number; readonly isStopped: boolean }[]>;
  scouts(): Promise<readonly { readonly id: string; readonly url: string }[]>;
  tokenOf(agentId: string): Promise<string | undefined>;
  rollouts(): Promise<readonly { readonly id: string; readonly startedAt: Date; readonly image: string }[]>;
  newestGui(): Promise<string>;
}

/** Shows a fleet by functions of the host's own: no file of CIRISManager is read. */
export function showFleet(fleet: Fleet): Telemetry {
  return createTelemetry({
    interval: 30,
    sources: {
      registry: () => registryOf(fleet),
      targets: () => targetsOf(fleet),
      deployments: () => deploymentsOf(fleet),
      versions: () => versionsOf(fleet),
    },
  });
}

async function registryOf(fleet: Fleet): Promise<RegistryDocument> {
  const agents = await fleet.agents();
  const entries = agents.map(({ id, port, isStopped }) => [id, { port, do_not_autostart: isStopped }]);
  return { agents: Object.fromEntries(entries) };
}

async function targetsOf(fleet: Fleet): Promise<readonly HostTarget[]> {
  const scouts = await fleet.scouts();
  return scouts.map(({ id, url }) => ({ agentId: id, url, token: () => fleet.tokenOf(id) }));
}

async function deploymentsOf(fleet: Fleet): Promise<readonly DeploymentRecord[]> {
  const rollouts = await fleet.rollouts();
  return rollouts.map(({ id, startedAt, image }) => ({
    id,
    status: 'in_progress',
    startedAt,
    agentImage: image,
  }));
}

async function versionsOf(fleet: Fleet): Promise<readonly VersionRecord[]> {
  return [{ component: 'gui', slot: 'current', image: await fleet.newestGui() }];
}
