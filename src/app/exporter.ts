import { createApi } from '../api/api.ts';
import { catalog, storedEntities } from '../catalog/catalog.ts';
import { createDockerCollector } from '../collectors/docker/index.ts';
import type { ValuesOf } from '../config/setting.ts';
import type { serveSettings } from '../config/settings.ts';
import { createFleetMeter } from '../export/meter/fleet-meter.ts';
import { registerObservables } from '../export/observe.ts';
import { readOtelSettings } from '../export/otlp/otel-settings.ts';
import type { Push } from '../export/otlp/push.ts';
import { createPrometheusSide } from '../export/prometheus/prometheus-side.ts';
import { createResource } from '../export/resource.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { Releasers } from '../runtime/releasers.ts';
import { budgetMsOf } from '../snapshot/options.ts';
import { SnapshotService, type Vitals } from '../snapshot/service.ts';
import type { SnapshotSource } from '../snapshot/snapshot.ts';
import { type Database, openDatabase } from './database.ts';
import { chooseSender, startDelivery } from './delivery.ts';
import { dockerOptionsOf } from './docker-options.ts';
import { observeAge } from './snapshot-age.ts';
import type { Running } from './writer.ts';

/** Settings of `serve`, with what the machine decides filled in. */
export interface ExporterConfig extends Omit<ValuesOf<typeof serveSettings>, 'instance' | 'stateDir'> {
  readonly instance: string;
  readonly stateDir: string;
}

export interface ExporterDeps {
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the standard OTEL_ variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the process costs. */
  readonly cost: () => Pick<Vitals, 'cpuUserSeconds' | 'cpuSystemSeconds' | 'residentBytes'>;
}

/** An exporter that runs. */
export interface Exporter extends Running {
  readonly snapshots: SnapshotSource;
}

const deliveryWithinMs = 2_500;

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
  const { maxSeries, interval } = config;
  const environment = { ...deps.environment, OTEL_EXPORTER_OTLP_ENDPOINT: config.otlpEndpoint };
  const { otlp, remarks } = readOtelSettings(environment);
  for (const remark of remarks) logger.warn(remark);
  const resource = createResource({ environment, version, instanceId: config.instance });
  // The resource has the last word, so that rows and target_info name the same exporter.
  const instance = String(resource.attributes['service.instance.id']);
  const database = await databaseOf(config, otlp === undefined, deps);
  if (database !== undefined) releasers.add('database', () => database.close());
  const sender = await chooseSender({ otlp, database, catalog, version, clock, logger });

  const scope = { name: 'ciris-telemetry', version };
  const meter = createFleetMeter({ scope, clock, logger, seriesLimit: maxSeries });
  const docker = createDockerCollector(dockerOptionsOf(config), { clock, logger });
  releasers.add('docker collector', () => docker.close());
  let push: Push | undefined;
  const snapshots = new SnapshotService({
    collectors: [docker],
    intervalMs: interval * 1000,
    budgetMs: budgetMsOf(config),
    instance,
    version,
    vitals: () => ({ ...deps.cost(), droppedSeries: meter.droppedSeries(), delivery: push?.stats() }),
    clock,
    logger,
  });
  registerObservables(meter, storedEntities(catalog), () => snapshots.freshRows());
  if (sender !== undefined) {
    const encoding = otlp?.encoding ?? 'protobuf';
    const { stateDir, spoolSize: spoolMebibytes } = config;
    const subscribe = snapshots.subscribe.bind(snapshots);
    const delivery = await startDelivery({
      sender,
      encoding,
      stateDir,
      spoolMebibytes,
      producer: meter,
      resource,
      subscribe,
      clock,
      logger,
    });
    push = delivery;
    releasers.add('delivery', () => delivery.stop(deliveryWithinMs));
  }
  const age = observeAge({ scope, instance, snapshots, clock, logger });
  const prometheus = createPrometheusSide({ producers: [meter, age], resource, logger });
  releasers.add('/metrics', () => prometheus.shutdown());
  releasers.add('snapshots', () => snapshots.stop());
  const api = createApi({
    catalog,
    snapshots,
    renderMetrics: (request) => prometheus.render(request),
    history: database?.history,
    readiness: () => readinessOf(database),
    clock,
    logger,
    intervalSeconds: interval,
    version,
  });
  releasers.add('API', () => api.close());
  const url = await api.listen(config);
  logger.info('serving', { metrics: `${url}/metrics`, status: `${url}/telemetry/status` });
  logger.info(`a snapshot every ${interval} s goes to ${sender?.target ?? 'nowhere but here'}`);
  snapshots.start();
  return { url, snapshots, stop: () => releasers.close() };
}

/** History needs a database of its own only where snapshots go nowhere else. */
async function databaseOf(
  { databaseUrl, stateDir }: ExporterConfig,
  isDestination: boolean,
  { logger }: ExporterDeps,
): Promise<Database | undefined> {
  if (databaseUrl === undefined && !isDestination) return undefined;
  return openDatabase({ databaseUrl, stateDir, catalog, logger });
}

function readinessOf(database: Database | undefined) {
  if (database === undefined) return [];
  const reason = database.reason();
  return [{ name: 'database', ready: reason === undefined, reason }];
}
