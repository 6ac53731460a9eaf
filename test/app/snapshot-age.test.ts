import { expect, it } from 'vitest';
import { observeAge } from '../../src/app/snapshot-age.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { SnapshotService } from '../../src/snapshot/service.ts';

it('is that of the latest snapshot, and not known without one or once the clock was set back', async () => {
  const clock = { ms: 1_772_366_410_000, now: () => clock.ms, monotonic: () => clock.ms };
  const vitals = () => ({
    droppedSeries: 0,
    delivery: undefined,
    cpuUserSeconds: undefined,
    cpuSystemSeconds: undefined,
    residentBytes: undefined,
  });
  const instance = 'here';
  const shared = { instance, clock, logger: silentLogger };
  const snapshots = new SnapshotService({
    ...shared,
    collectors: [],
    intervalMs: 10_000,
    budgetMs: 50,
    version: '0',
    vitals,
  });
  const producer = observeAge({ ...shared, scope: { name: 'test' }, snapshots });
  const age = async () => {
    const { resourceMetrics } = await producer.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
  };
  expect(await age()).toEqual([]);
  await snapshots.collectNow();
  clock.ms += 1_500;
  expect(await age()).toEqual([1.5]);
  clock.ms -= 3_600_000;
  expect(await age()).toEqual([]);
});
