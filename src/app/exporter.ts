import { createApi } from '../api/api.ts';
import { catalog } from '../catalog/catalog.ts';
import type { ValuesOf } from '../config/setting.ts';
import type { serveSettings } from '../config/settings.ts';
import { readOtelSettings } from '../export/otlp/otel-settings.ts';
import type { Push } from '../export/otlp/push.ts';
import { createPrometheusSide } from '../export/prometheus/prometheus-side.ts';
import { createResource } from '../export/resource.ts';
import { Releasers } from '../runtime/releasers.ts';
import type { SnapshotSource } from '../snapshot/snapshot.ts';
import type { Database } from './database.ts';
import { chooseSender, startDelivery } from './delivery.ts';
import { createFleet, type FleetDeps } from './fleet.ts';
import { observeMaintenance } from './maintenance-figures.ts';
import { openWatch } from './open-watch.ts';
import type { Running } from './writer.ts';

/** Settings of `serve`, with what the machine decides filled in. */
export interface ExporterConfig extends Omit<ValuesOf<typeof serveSettings>, 'instance' | 'stateDir'> {
  readonly instance: string;
  readonly stateDir: string;
}

export interface ExporterDeps extends Omit<FleetDeps, 'deliveryStats'> {
  /** For the standard OTEL_ variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/** An exporter that runs. */
export interface Exporter extends Running {
  readonly snapshots: SnapshotSource;
}

/** Starts everything that `serve` does: snapshots, `/metrics` and the API, and delivery to an OTLP endpoint or the database. */
export async function startExporter(config: ExporterConfig, deps: ExporterDeps): Promise<Exporter> {
  const releasers = new Releasers();
  try {
    return await start(config, deps, releasers);
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
}

async function start(config: ExporterConfig, deps: ExporterDeps, releasers: Releasers): Promise<Exporter> {
  const { version, clock, logger } = deps;
  const environment = { ...deps.environment, OTEL_EXPORTER_OTLP_ENDPOINT: config.otlpEndpoint };
  const { otlp, remarks } = readOtelSettings(environment);
  for (const remark of remarks) logger.warn(remark);
  const resource = createResource({ environment, version, instanceId: config.instance, logger });
  // The resource has the last word, so that rows and target_info name the same exporter.
  const instance = String(resource.attributes['service.instance.id']);
  const database = await databaseOf(config, otlp === undefined, deps);
  if (database !== undefined) releasers.add('database', () => database.close());
  const sender = await chooseSender({ otlp, database, catalog, version, clock, logger });

  let push: Push | undefined;
  const { signal = new AbortController().signal } = deps;
  const watch = await openWatch(config, { clock, logger }, { interval: config.interval, signal });
  const fleet = createFleet({ ...config, instance, watch }, { ...deps, deliveryStats: () => push?.stats() });
  const { snapshots, producer, age } = fleet;
  if (sender !== undefined) {
    const delivery = {
      sender,
      encoding: otlp?.encoding ?? 'protobuf',
      stateDir: config.stateDir,
      spoolMebibytes: config.spoolSize,
      producer,
      resource,
      subscribe: snapshots.subscribe.bind(snapshots),
      clock,
      logger,
    };
    push = await startDelivery(delivery, releasers);
  }
  releasers.add('snapshots', () => fleet.stop());
  const upkeep =
    database === undefined
      ? []
      : [observeMaintenance({ instance, version, figures: database.maintenance, clock, logger })];
  const prometheus = createPrometheusSide({ producers: [producer, age, ...upkeep], resource, logger });
  releasers.add('/metrics', () => prometheus.shutdown());
  const api = createApi({
    catalog,
    snapshots,
    renderMetrics: (request) => prometheus.render(request),
    history: database?.history,
    readiness: () => readinessOf(database),
    clock,
    logger,
    intervalSeconds: config.interval,
    version,
  });
  releasers.add('API', () => api.close());
  const url = await api.listen(config);
  logger.info('serving', { metrics: `${url}/metrics`, status: `${url}/telemetry/status` });
  logger.info(`a snapshot every ${config.interval} s goes to ${sender?.target ?? 'nowhere but here'}`);
  snapshots.start();
  return { url, snapshots, stop: () => releasers.close() };
}

/** History needs a database of its own only where snapshots go nowhere else. */
async function databaseOf(
  { databaseUrl, maintenanceDatabaseUrl, stateDir, retention }: ExporterConfig,
  isDestination: boolean,
  { clock, logger, signal }: ExporterDeps,
): Promise<Database | undefined> {
  if (databaseUrl === undefined && !isDestination) return undefined;
  // Loaded only here: an exporter that pushes elsewhere has no use for a database client.
  const { openDatabase } = await import('./database.ts');
  const place = { databaseUrl, maintenanceDatabaseUrl, stateDir };
  return openDatabase({ ...place, retention, catalog, clock, logger, signal });
}

function readinessOf(database: Database | undefined) {
  if (database === undefined) return [];
  const reason = database.reason();
  return [{ name: 'database', ready: reason === undefined, reason }];
}
