import type { z } from 'zod';
import type { dockerOptions } from '../collectors/docker/options.ts';
import { createTargets } from '../collectors/targets/index.ts';
import { engineOptions, type Server } from '../collectors/targets/servers.ts';
import type { ValuesOf } from '../config/setting.ts';
import type { dockerSettings } from '../config/settings.ts';
import type { watchSettings } from '../config/watch-settings.ts';
import { dockerOptionsOf } from './docker-options.ts';
import { createWatch, type Watch, type WatchDeps } from './watch.ts';

export type WatchConfig = ValuesOf<typeof watchSettings> & ValuesOf<typeof dockerSettings>;

/** Watches what the settings say: the engines of all servers, the agents of the registry, deployments and addresses. */
export async function openWatch(
  config: WatchConfig,
  deps: WatchDeps,
  { interval, signal }: { readonly interval: number; readonly signal: AbortSignal },
): Promise<Watch> {
  const { registry, managerConfig, servers, agents, encryptionKey, jwtSecret, encryptionSalt } = config;
  const targets = createTargets(
    { registry, managerConfig, servers, agents, encryptionKey, jwtSecret, encryptionSalt },
    deps,
  );
  const { managerUrl, managerToken, managerTokenFile, deploymentState, auditLog, endpoints } = config;
  return createWatch(
    {
      docker: enginesOf(await targets.servers(signal), config),
      targets,
      agents: {
        requestsPerMinute: config.agentRequests,
        overviewInterval: config.agentReportInterval,
        // Between two snapshots the newest figures of an agent are not old yet.
        figuresMaxAge: Math.min(3600, Math.max(90, 3 * interval)),
      },
      deployments: { managerUrl, managerToken, managerTokenFile, deploymentState, auditLog },
      endpoints: endpoints.length === 0 ? undefined : { endpoints },
    },
    deps,
  );
}

/** This host's engine is reached as our own settings say, whatever lists it; so it is where nobody lists any. */
function enginesOf(
  servers: readonly Server[],
  config: WatchConfig,
): readonly z.input<typeof dockerOptions>[] {
  const own = dockerOptionsOf(config);
  const [only] = servers;
  const isUnlisted = only === undefined || (servers.length === 1 && only.isLocal && only.id === 'main');
  if (isUnlisted) return [{ ...own, dockerHost: only?.dockerHost ?? own.dockerHost }];
  return servers.flatMap((server) => {
    const engine = engineOptions(server);
    if (engine === undefined) return [];
    if (engine.dockerHost === undefined) return [{ ...own, ...engine }];
    return [{ ...engine, labels: config.labels, addressSetting: `docker_host of server ${server.id}` }];
  });
}
