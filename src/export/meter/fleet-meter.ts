import type { BatchObservableCallback, Meter, Observable } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type {
  CollectionResult,
  MetricCollectOptions,
  MetricData,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withDeadline } from '../deadline.ts';
import { OncePerChange } from '../once-per-change.ts';
import { BatchCallbacks, type Callback, callbacksOf } from './callbacks.ts';
import type { FleetInstrument } from './instrument.ts';
import { Instruments } from './instruments.ts';
import { Observations } from './observations.ts';
import { Series } from './series.ts';
import type { StampedMetricOptions } from './stamp.ts';

export interface FleetMeterOptions {
  readonly scope: InstrumentationScope;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Live attribute sets per metric and collection; those beyond it are left out and counted. Default 20 000. */
  readonly seriesLimit?: number;
  /** For asynchronous callbacks of a collection that names no timeout of its own. Default 5000. */
  readonly callbackTimeoutMs?: number;
}

/**
 * A meter for observable instruments whose points are those of the last callback and no others: an attribute set that
 * is no longer observed is no longer exported. It is itself the producer that readers collect from.
 *
 * Points beyond the series limit are left out rather than summed into an `otel.metric.overflow` point: the sum of the
 * gauges of unlike things is no figure, and the sum of counters that come and go is no counter.
 */
export interface FleetMeter extends Meter, MetricProducer {
  /** Points left out because of the series limit since the meter was created, over all collections of all readers. */
  droppedSeries(): number;
}

export function createFleetMeter(options: FleetMeterOptions): FleetMeter {
  return new ObservableMeter(options);
}

type Observed = { readonly observations: Observations } | { readonly error: unknown };

class ObservableMeter implements FleetMeter {
  readonly #options: FleetMeterOptions;
  readonly #seriesLimit: number;
  readonly #instruments: Instruments;
  readonly #batches = new BatchCallbacks();
  readonly #overflows: OncePerChange;
  #dropped = 0;

  constructor(options: FleetMeterOptions) {
    this.#options = options;
    this.#seriesLimit = options.seriesLimit ?? 20_000;
    this.#instruments = new Instruments(options.logger);
    this.#overflows = new OncePerChange(options.logger);
  }

  createObservableCounter(name: string, options?: StampedMetricOptions): Observable {
    return this.#instruments.create('counter', name, options);
  }

  createObservableUpDownCounter(name: string, options?: StampedMetricOptions): Observable {
    return this.#instruments.create('updowncounter', name, options);
  }

  createObservableGauge(name: string, options?: StampedMetricOptions): Observable {
    return this.#instruments.create('gauge', name, options);
  }

  createCounter(name: string): never {
    return refuseSynchronous('counter', name);
  }

  createUpDownCounter(name: string): never {
    return refuseSynchronous('up-down counter', name);
  }

  createGauge(name: string): never {
    return refuseSynchronous('gauge', name);
  }

  createHistogram(name: string): never {
    return refuseSynchronous('histogram', name);
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#batches.add(callback, observables);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#batches.remove(callback, observables);
  }

  droppedSeries(): number {
    return this.#dropped;
  }

  /** Runs all callbacks before it first waits, so that what they read is what was there at the call. Never rejects. */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const timeoutMs = options?.timeoutMillis ?? this.#options.callbackTimeoutMs ?? 5000;
    const callbacks = [...[...this.#instruments].flatMap(callbacksOf), ...this.#batches.all()];
    const results = await Promise.all(callbacks.map((callback) => this.#observe(callback, timeoutMs)));
    const observed = results.flatMap((result) => ('observations' in result ? [result.observations] : []));
    const metrics = [...this.#instruments].flatMap((instrument) => this.#metricOf(instrument, observed));
    return {
      resourceMetrics: {
        resource: emptyResource(),
        scopeMetrics: metrics.length === 0 ? [] : [{ scope: this.#options.scope, metrics }],
      },
      errors: results.flatMap((result) => ('error' in result ? [result.error] : [])),
    };
  }

  /** A callback that fails, or is late, costs all of its own points and nobody else's. */
  async #observe(callback: Callback, timeoutMs: number): Promise<Observed> {
    const now = microsFromMs(this.#options.clock.now());
    const observations = new Observations(callback.instruments, this.#seriesLimit, now);
    try {
      const running = callback.run(observations);
      if (running !== undefined) await withDeadline(running, timeoutMs, 'an observable callback');
      return { observations };
    } catch (error) {
      return { error };
    } finally {
      observations.close();
    }
  }

  #metricOf(instrument: FleetInstrument, observed: readonly Observations[]): readonly MetricData[] {
    const all = observed.flatMap(({ series }) => series.get(instrument) ?? []);
    if (all.length === 0) return [];
    const { points, dropped } =
      all.length === 1 && all[0] !== undefined ? all[0] : this.#merged(instrument, all);
    instrument.lastPoints = points;
    this.#countDropped(instrument, dropped);
    return points.length === 0 ? [] : [instrument.metricData(points)];
  }

  #merged(instrument: FleetInstrument, all: readonly Series[]): Series {
    const merged = new Series({ limit: this.#seriesLimit, ...instrument.seriesOptions() });
    for (const series of all) merged.addAll(series);
    return merged;
  }

  #countDropped({ descriptor: { name } }: FleetInstrument, dropped: number): void {
    this.#dropped += dropped;
    if (dropped === 0) {
      this.#overflows.end(name, `all series of ${name} are exported again`);
      return;
    }
    this.#overflows.warn(
      name,
      `${name} has more live series than the limit of ${this.#seriesLimit}: the rest is left out; raise the limit or watch less`,
    );
  }
}

function refuseSynchronous(kind: string, name: string): never {
  throw new TelemetryError(
    'internal',
    `creating the synchronous ${kind} ${name} failed: this meter replays snapshots through observable instruments only; use a meter of the OpenTelemetry SDK`,
  );
}
