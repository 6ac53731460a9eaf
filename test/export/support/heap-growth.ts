/**
 * Run with --expose-gc: one reader collects snapshot after snapshot of changing things while another is never asked. Prints the heap
 * in use, in bytes, after the first and after the last part of them.
 */
import { resourceFromAttributes } from '@opentelemetry/resources';
import { registerObservables } from '../../../src/export/observe.ts';
import { createPrometheusSide } from '../../../src/export/prometheus/prometheus-side.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { containerRow, entities } from './fleet.ts';
import { fleetMeter } from './meter.ts';

const meter = fleetMeter();
const neverAsked = createPrometheusSide({
  producers: [meter],
  resource: resourceFromAttributes({}),
  logger: silentLogger,
});
let generation = 0;
registerObservables(meter, entities, () => [
  ...Array.from({ length: 4 }, (_, index) => containerRow(`stays-${index}`)),
  containerRow(`passes-${generation}`),
]);

async function heapAfter(snapshots: number): Promise<number> {
  for (let taken = 0; taken < snapshots; taken += 1) {
    generation += 1;
    const { errors } = await meter.collect();
    if (errors.length > 0) throw errors[0];
  }
  for (let run = 0; run < 3; run += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const heaps = [await heapAfter(2000), await heapAfter(10_000)];
await neverAsked.shutdown();
process.stdout.write(JSON.stringify(heaps));
