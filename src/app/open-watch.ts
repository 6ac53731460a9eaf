import type { z } from 'zod';
import type { dockerOptions } from '../collectors/docker/options.ts';
import { createTargets } from '../collectors/targets/index.ts';
import { engineOptions, type Server } from '../collectors/targets/servers.ts';
import type { ValuesOf } from '../config/setting.ts';
import type { dockerSettings } from '../config/settings.ts';
import type { watchSettings } from '../config/watch-settings.ts';
import { TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { dockerOptionsOf } from './docker-options.ts';
import { createWatch, type Watch, type WatchDeps } from './watch.ts';

export type WatchConfig = ValuesOf<typeof watchSettings> &
  ValuesOf<typeof dockerSettings> & {
    /** Seconds that were given for a whole snapshot. */
    readonly collectTimeout?: number | undefined;
  };

/** Watches what the settings say: the engines of all servers, the agents of the registry, deployments and addresses. */
export async function openWatch(
  config: WatchConfig,
  deps: WatchDeps,
  { interval, signal }: { readonly interval: number; readonly signal: AbortSignal },
): Promise<Watch> {
  checkLogin(config, deps.logger);
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

/** Throws a TelemetryError `setting_invalid` for two logins; of an address and a login, one without the other does nothing. */
function checkLogin(
  {
    managerUrl,
    managerToken,
    managerTokenFile,
  }: Pick<WatchConfig, 'managerUrl' | 'managerToken' | 'managerTokenFile'>,
  logger: Logger,
): void {
  if (managerToken !== undefined && managerTokenFile !== undefined) {
    throw new TelemetryError(
      'setting_invalid',
      `setting manager-token-file: "${managerTokenFile}" is not accepted beside manager-token: give one of them`,
    );
  }
  const hasLogin = managerToken !== undefined || managerTokenFile !== undefined;
  if (hasLogin === (managerUrl !== undefined)) return;
  const lacking = hasLogin
    ? 'there is a login and no address: give manager-url too'
    : 'there is an address and no login: give manager-token-file too';
  logger.warn(`CIRISManager is not asked for its deployments, as ${lacking}; its state file is read`);
}

/** This host's engine is reached as our own settings say, whatever lists it; so it is where nobody lists any. */
function enginesOf(
  servers: readonly Server[],
  config: WatchConfig,
): readonly z.input<typeof dockerOptions>[] {
  const requestTimeout = requestTimeoutOf(config);
  const own = { ...dockerOptionsOf(config), requestTimeout };
  const [only] = servers;
  const isUnlisted = only === undefined || (servers.length === 1 && only.isLocal && only.id === 'main');
  if (isUnlisted) return [{ ...own, dockerHost: only?.dockerHost ?? own.dockerHost }];
  return servers.flatMap((server) => {
    const engine = engineOptions(server);
    if (engine === undefined) return [];
    if (engine.dockerHost === undefined) return [{ ...own, ...engine }];
    const addressSetting = `docker_host of server ${server.id}`;
    return [{ ...engine, labels: config.labels, requestTimeout, addressSetting }];
  });
}

/** An engine is asked for its list and then for figures: who gives a snapshot long gives each of the two half of it. */
function requestTimeoutOf({ collectTimeout = 0 }: WatchConfig): number | undefined {
  return collectTimeout > 10 ? collectTimeout / 2 : undefined;
}
