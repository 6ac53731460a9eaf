import type { Resource } from '@opentelemetry/resources';
import { type MetricProducer, MetricReader } from '@opentelemetry/sdk-metrics';
import type { DeliveryStats } from '../../catalog/exporter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { SnapshotSource } from '../../snapshot/snapshot.ts';
import { withDeadline } from '../deadline.ts';
import { OncePerChange } from '../once-per-change.ts';
import { createResourceProducer } from '../resource-producer.ts';
import type { Payload } from '../sender.ts';
import { Delivery, type DeliveryOptions } from './delivery.ts';
import { toPayload } from './payload.ts';

export interface PushOptions extends DeliveryOptions {
  readonly producer: MetricProducer;
  readonly resource: Resource;
  readonly subscribe: SnapshotSource['subscribe'];
  readonly encoding: Payload['encoding'];
  readonly clock: Clock;
}

/** Sends every snapshot, in order; what is not yet accepted waits in the spool. */
export interface Push {
  stats(): DeliveryStats;
  /** Tries at once, and resolves when nothing waits any more or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>;
  /** Makes a last attempt, and resolves within the deadline. Closes the sender. */
  stop(deadlineMs: number): Promise<void>;
}

export function createPush(options: PushOptions): Push {
  return new SnapshotPush(options);
}

/**
 * What may wait in memory for a disk that does not keep up: a disk that others keep busy may well stall for many seconds, and what is
 * dropped is lost. At an interval of a minute that is an hour and more; a large fleet's snapshots end by their bytes.
 */
const mostUnwritten = { snapshots: 100, bytes: 16 * 2 ** 20 } as const;

class SnapshotReader extends MetricReader {
  constructor(producer: MetricProducer, resource: Resource) {
    super({ metricProducers: [producer] });
    this.setMetricProducer(createResourceProducer(resource));
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

class SnapshotPush implements Push {
  readonly #options: PushOptions;
  readonly #reader: SnapshotReader;
  readonly #delivery: Delivery;
  readonly #standing: OncePerChange;
  readonly #unsubscribe: () => void;
  readonly #unwritten = { snapshots: 0, bytes: 0 };
  #writing: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(options: PushOptions) {
    this.#options = options;
    this.#reader = new SnapshotReader(options.producer, options.resource);
    this.#delivery = new Delivery(options);
    this.#standing = new OncePerChange(options.logger);
    this.#unsubscribe = options.subscribe(() => this.#keep());
  }

  stats(): DeliveryStats {
    return this.#delivery.stats();
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#writing;
    await this.#delivery.flush(signal);
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { clock, logger, sender } = this.#options;
    const end = clock.monotonic() + deadlineMs;
    const leftMs = (): number => Math.max(end - clock.monotonic(), 50);
    const warn = (thrown: unknown): void => logger.warn(messageOf(thrown));
    this.#unsubscribe();
    await withDeadline(this.#writing, leftMs(), 'spooling the last snapshots').catch(warn);
    await this.#delivery.stop(leftMs() * 0.9);
    await this.#reader.shutdown();
    await withDeadline(sender.close(), leftMs(), `closing the sender to ${sender.target}`).catch(warn);
  }

  /** Collects in the very call that announces a snapshot, so that its rows are read and no later ones. */
  #keep(): void {
    const unwritten = this.#unwritten;
    if (unwritten.snapshots >= mostUnwritten.snapshots || unwritten.bytes >= mostUnwritten.bytes) {
      this.#delivery.drop();
      this.#standing.warn('disk', 'snapshots are dropped, for the disk of the spool does not keep up');
      return;
    }
    unwritten.snapshots += 1;
    const collecting = this.#collect().then((payload) => {
      unwritten.bytes += payload?.bytes.length ?? 0;
      return payload;
    });
    this.#writing = this.#writing.then(async () => {
      const payload = await collecting;
      if (payload !== undefined) await this.#delivery.offer(payload);
      unwritten.snapshots -= 1;
      unwritten.bytes -= payload?.bytes.length ?? 0;
      if (unwritten.snapshots === 0) this.#standing.end('disk', 'the disk of the spool keeps up again');
    });
  }

  /** Never rejects: what cannot be collected is said and counted. */
  async #collect(): Promise<Payload | undefined> {
    try {
      const { resourceMetrics, errors } = await this.#reader.collect();
      if (errors.length === 0) this.#standing.end('collect', 'snapshots are pushed whole again');
      else
        this.#standing.warn(
          'collect',
          `metrics are missing from the push: ${errors.map(messageOf).join('; ')}`,
        );
      return toPayload(resourceMetrics, this.#options.encoding);
    } catch (thrown) {
      this.#delivery.drop();
      this.#standing.warn('collect', `a snapshot could not be pushed: ${messageOf(thrown)}`);
      return undefined;
    }
  }
}
