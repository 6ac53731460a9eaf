import { type Collector, createTelemetry, entityOf, type Telemetry, toRow } from 'ciris-telemetry';

/** What one reading of a queue gave; what is not known is undefined. */
interface QueueSample {
  readonly queue: string;
  readonly waiting: number | undefined;
}

const { entity, gauge } = entityOf<QueueSample>();

const queueEntity = entity({
  name: 'queue',
  brief: 'A queue of the host.',
  identity: { 'example.queue.name': { brief: 'Its name.', read: (q: QueueSample) => q.queue } },
  metrics: {
    waiting: gauge({
      name: 'example.queue.waiting',
      unit: '{message}',
      value: 'int',
      brief: 'Messages that wait.',
      read: (q) => q.waiting,
    }),
  },
});

/** Queues of a host, as one more source of its fleet's telemetry. */
export function queueCollector(
  lengths: (signal: AbortSignal) => Promise<ReadonlyMap<string, number>>,
): Collector {
  return {
    name: 'queues',
    entities: [queueEntity],
    async collect({ time, signal }) {
      const rows = [...(await lengths(signal))].map(([queue, waiting]) =>
        toRow(queueEntity, { queue, waiting }, time),
      );
      return { rows, problems: [] };
    },
    async close() {},
  };
}

export function startTelemetry(
  lengths: (signal: AbortSignal) => Promise<ReadonlyMap<string, number>>,
): Telemetry {
  return createTelemetry({ interval: 10, collectors: [queueCollector(lengths)] });
}
