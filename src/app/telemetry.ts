import { hostname } from 'node:os';
import type { Meter } from '@opentelemetry/api';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { z } from 'zod';
import type { agentsOptions } from '../collectors/agents/options.ts';
import type { Collector } from '../collectors/collector.ts';
import type { deploymentsOptions } from '../collectors/deployments/options.ts';
import type { dockerOptions } from '../collectors/docker/options.ts';
import type { endpointsOptions } from '../collectors/endpoints/options.ts';
import { createTargets } from '../collectors/targets/index.ts';
import type { targetsOptions } from '../collectors/targets/options.ts';
import { serveSettings } from '../config/settings.ts';
import { registerObservables } from '../export/observe.ts';
import {
  createPrometheusSide,
  type ScrapeAnswer,
  type ScrapeRequest,
} from '../export/prometheus/prometheus-side.ts';
import { createResource } from '../export/resource.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { TelemetryError } from '../runtime/errors.ts';
import { type Logger, silentLogger, unfailing } from '../runtime/logger.ts';
import { packageVersion } from '../runtime/package-version.ts';
import { snapshotOptions } from '../snapshot/options.ts';
import type { SnapshotSource } from '../snapshot/snapshot.ts';
import { createFleet } from './fleet.ts';
import { createWatch, type HostSources, type Watch, type WatchDeps } from './watch.ts';

export interface TelemetryOptions {
  /** The engine to watch, or several, each with a `serverId` of its own; the local socket when not given. */
  readonly docker?: z.input<typeof dockerOptions> | readonly z.input<typeof dockerOptions>[] | undefined;
  /** What the host tells of its fleet by functions of its own, in place of CIRISManager's files. */
  readonly sources?: HostSources | undefined;
  /** Which agents to watch, by the registry's file or by name. Agents are watched where this or `sources` names them. */
  readonly targets?: z.input<typeof targetsOptions> | undefined;
  /** How agents are asked. */
  readonly agents?: z.input<typeof agentsOptions> | undefined;
  /** Where CIRISManager tells of deployments; they are watched where this or `sources` is given. Files are read where it names them. */
  readonly deployments?: z.input<typeof deploymentsOptions> | undefined;
  /** Public addresses to probe. */
  readonly endpoints?: z.input<typeof endpointsOptions> | undefined;
  /** Seconds from one snapshot to the next; 60 when not given. */
  readonly interval?: number | undefined;
  /** Seconds that the sources have for one snapshot. */
  readonly collectTimeout?: number | undefined;
  /** `service.instance.id`; the host name when not given. */
  readonly instance?: string | undefined;
  /** Live series that one metric may have; 10 000 when not given. */
  readonly maxSeries?: number | undefined;
  /** Of the host's own, beside ours: their rows are shown like any other. */
  readonly collectors?: readonly Collector[] | undefined;
  /** Nothing is logged when not given. */
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

/** The fleet's telemetry within a host's process: no server, no database, no files, no signal handlers. */
export interface Telemetry extends AsyncDisposable {
  readonly snapshots: SnapshotSource;
  /** Shows the fleet on a meter of the host's own; returns the function that takes it off again. */
  observe(meter: Meter): () => void;
  /** For `metricProducers` of the host's readers: as the meter, but what is gone is gone from the next export. */
  readonly metricProducer: MetricProducer;
  /** The answer to a scrape, for a route of the host's own server. */
  renderMetrics(request: ScrapeRequest): Promise<ScrapeAnswer>;
  /** Twice is safe. */
  stop(): Promise<void>;
}

const numbers = snapshotOptions.extend({ maxSeries: serveSettings.maxSeries.schema });

function checked({ interval, collectTimeout, maxSeries }: TelemetryOptions) {
  const { data, error } = numbers.safeParse({ interval, collectTimeout, maxSeries });
  if (data !== undefined) return data;
  throw new TelemetryError(
    'setting_invalid',
    `options of createTelemetry are not accepted: ${z.prettifyError(error)}`,
  );
}

function watchOf(options: TelemetryOptions, deps: WatchDeps): Watch {
  const { docker = {}, sources = {}, collectors = [], ...rest } = options;
  const namesAgents = options.targets ?? sources.registry ?? sources.targets;
  const targets =
    namesAgents === undefined
      ? undefined
      : createTargets(options.targets ?? {}, { ...deps, host: sources, usualPlaces: nowhere.targets });
  const engines = (isList(docker) ? docker : [docker]).map((engine) => ({ ...asOption, ...engine }));
  const watch = createWatch(
    { ...rest, docker: engines, targets, sources },
    { ...deps, deploymentPlaces: nowhere.deployments },
  );
  return { ...watch, collectors: [...watch.collectors, ...collectors] };
}

/** Messages that say what to do speak of what a host can set. */
const asOption = { addressSetting: 'option docker.dockerHost' };

/** A library reads no file that its host has not named. */
const nowhere = { targets: { registry: [], managerConfig: [] }, deployments: {} };

function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given);
}

/** Starts to take snapshots. Throws a TelemetryError `setting_invalid` for options that cannot be used. */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { instance = hostname(), clock = systemClock } = options;
  const logger = unfailing(options.logger ?? silentLogger);
  const version = packageVersion();
  const { interval, collectTimeout, maxSeries } = checked(options);
  const cost = () => ({ cpuUserSeconds: undefined, cpuSystemSeconds: undefined, residentBytes: undefined });
  const fleet = createFleet(
    { interval, collectTimeout, instance, maxSeries, watch: watchOf(options, { clock, logger }) },
    { version, clock, logger, cost, deliveryStats: () => undefined },
  );
  const resource = createResource({ environment: {}, version, instanceId: instance, logger });
  const producers = [fleet.producer, fleet.age];
  const prometheus = createPrometheusSide({ producers, resource, logger });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= prometheus.shutdown().then(() => fleet.stop());
    return stopped;
  };
  fleet.snapshots.start();
  return {
    snapshots: fleet.snapshots,
    observe: (meter) => registerObservables(meter, fleet.entities, () => fleet.snapshots.freshRows()),
    metricProducer: fleet.producer,
    renderMetrics: (request) => prometheus.render(request),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
