import type { z } from 'zod';
import type { Collector } from '../collectors/collector.ts';
import { createDockerCollector, type DockerDeps } from '../collectors/docker/index.ts';
import { server } from '../collectors/docker/metrics.ts';
import type { dockerOptions } from '../collectors/docker/options.ts';
import { downSample } from '../collectors/docker/server-sample.ts';
import { toRow } from '../metric/row.ts';
import { TelemetryError } from '../runtime/errors.ts';

type Options = z.input<typeof dockerOptions>;

/**
 * One collector for each engine. The options of a single one must be right; of several, one that cannot be used shows as a host that
 * is down, and costs the others nothing.
 */
export function dockerCollectors(engines: readonly Options[], deps: DockerDeps): readonly Collector[] {
  const ids = engines.map(({ serverId = 'main' }) => serverId);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) {
    throw new TelemetryError(
      'setting_invalid',
      `two engines are given for the server ${repeated}, whose figures would be one another's: give each a serverId of its own`,
    );
  }
  const [only] = engines;
  if (only !== undefined && engines.length === 1) return [createDockerCollector(only, deps)];
  return engines.map((options) => {
    const serverId = options.serverId ?? 'main';
    const name = `docker/${serverId}`;
    try {
      return createDockerCollector({ ...options, name }, deps);
    } catch (thrown) {
      if (!(thrown instanceof TelemetryError)) throw thrown;
      return unusable(name, serverId, thrown);
    }
  });
}

function unusable(name: string, serverId: string, error: TelemetryError): Collector {
  return {
    name,
    entities: [server],
    collect: async ({ time }) => ({
      rows: [toRow(server, downSample(serverId, error), time)],
      problems: [],
      failure: { type: error.code, message: `host ${serverId}: ${error.message}` },
    }),
    close: async () => {},
  };
}
