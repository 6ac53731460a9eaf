import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { catalog, storedEntities } from '../catalog/catalog.ts';
import type { DeliveryStats } from '../catalog/exporter.ts';
import type { Collector } from '../collectors/collector.ts';
import { createFleetMeter } from '../export/meter/fleet-meter.ts';
import { registerObservables } from '../export/observe.ts';
import type { AnyEntity } from '../metric/define.ts';
import type { Clock } from '../runtime/clock.ts';
import { TelemetryError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { budgetMsOf, type SnapshotOptions } from '../snapshot/options.ts';
import { SnapshotService, type Vitals } from '../snapshot/service.ts';
import { entitiesWith } from './own-entities.ts';
import { observeAge } from './snapshot-age.ts';
import type { Watch } from './watch.ts';

export interface FleetOptions extends SnapshotOptions {
  /** Closed with the fleet. */
  readonly watch: Watch;
  /** `service.instance.id`. */
  readonly instance: string;
  /** Live series that one metric may have. */
  readonly maxSeries: number;
}

export interface FleetDeps {
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the process costs. */
  readonly cost: () => Pick<Vitals, 'cpuUserSeconds' | 'cpuSystemSeconds' | 'residentBytes'>;
  /** What becomes of snapshots; undefined when they are delivered nowhere. */
  readonly deliveryStats: () => DeliveryStats | undefined;
}

/** Collectors, the snapshots they make, and the metrics that show the latest one. Nothing runs before `snapshots.start()`. */
export interface Fleet {
  readonly snapshots: SnapshotService;
  /** The points of the latest snapshot. */
  readonly producer: MetricProducer;
  /** How old that is: for answers to scrapes, not for pushes. */
  readonly age: MetricProducer;
  /** Everything that the snapshots may hold and that is pushed. */
  readonly entities: readonly AnyEntity[];
  stop(): Promise<void>;
}

export function createFleet(options: FleetOptions, deps: FleetDeps): Fleet {
  const { instance, interval, maxSeries } = options;
  const { version, clock, logger, cost, deliveryStats } = deps;
  const scope = { name: 'ciris-telemetry', version };
  const meter = createFleetMeter({ scope, clock, logger, seriesLimit: maxSeries });
  const { collectors, derivations } = options.watch;
  assertNames(collectors);
  const entities = entitiesWith(storedEntities(catalog), collectors);
  const snapshots = new SnapshotService({
    collectors,
    derivations,
    intervalMs: interval * 1000,
    budgetMs: budgetMsOf(options),
    instance,
    version,
    vitals: () => ({ ...cost(), droppedSeries: meter.droppedSeries(), delivery: deliveryStats() }),
    clock,
    logger,
  });
  registerObservables(meter, entities, () => snapshots.freshRows());
  return {
    snapshots,
    producer: meter,
    entities,
    age: observeAge({ scope, instance, snapshots, clock, logger }),
    stop: async () => {
      await snapshots.stop();
      await Promise.all(collectors.map(async (collector) => collector.close()));
    },
  };
}

/** By their names they are told apart in every figure about them. */
function assertNames(collectors: readonly Collector[]): void {
  const names = collectors.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new TelemetryError(
    'setting_invalid',
    `two collectors are called ${repeated}: give each a name of its own, and none of those that are ours`,
  );
}
