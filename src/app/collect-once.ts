import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { SnapshotService } from '../snapshot/service.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { openWatch, type WatchConfig } from './open-watch.ts';

export interface CollectOnceOptions {
  readonly watch: WatchConfig;
  readonly budgetMs: number;
  readonly instance: string;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What CPU usage is averaged over when nothing was read before. */
const betweenMs = 1_000;
/** Seconds; nothing follows these two. */
const interval = 60;

/** Takes one snapshot, after a first reading that CPU usage can be reckoned from. */
export async function collectOnce(options: CollectOnceOptions): Promise<Snapshot> {
  const { budgetMs, instance, version, clock, logger } = options;
  const signal = AbortSignal.timeout(budgetMs);
  const { collectors, derivations } = await openWatch(options.watch, { clock, logger }, { interval, signal });
  const vitals = () => ({
    droppedSeries: 0,
    delivery: undefined,
    cpuUserSeconds: undefined,
    cpuSystemSeconds: undefined,
    residentBytes: undefined,
  });
  const service = new SnapshotService({
    collectors,
    derivations,
    intervalMs: interval * 1000,
    budgetMs,
    instance,
    version,
    vitals,
    clock,
    logger,
  });
  try {
    const first = await service.collectNow();
    if (first.outcomes.every(({ ok }) => !ok)) return first;
    await sleep(betweenMs);
    return await service.collectNow();
  } finally {
    await Promise.all(collectors.map((collector) => collector.close()));
  }
}
