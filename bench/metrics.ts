import { emptyResource } from '@opentelemetry/resources';
import { createFleetMeter } from '../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../src/export/observe.ts';
import { createPrometheusSide } from '../src/export/prometheus/prometheus-side.ts';
import type { Row } from '../src/metric/row.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createPromClientScrape, createSdkScrape, type Scrape } from './metrics-peers.ts';
import { type Contender, race, resultsOf } from './race.ts';
import type { Bench, Result } from './result.ts';

const metricsPerThing = 20;
const sizes = [1_000, 10_000, 50_000];
const rounds = 21;

export const metricsBench: Bench = {
  name: 'metrics',
  brief:
    'One /metrics answer, 20 metrics with 4 labels, against prom-client and the SDK with its PrometheusExporter; aim: 5 x prom-client at 10 k series',
  async *run() {
    for (const series of sizes) yield* measure(series);
  },
};

async function* measure(series: number): AsyncIterable<Result> {
  const fleet = createFleet({ name: 'thing', things: series / metricsPerThing, metrics: metricsPerThing });
  const ours = createOurScrape(fleet);
  const promClient = createPromClientScrape(fleet.entity);
  const sdk = createSdkScrape(fleet.entity);
  for (const scrape of [ours, promClient, sdk]) await requireSeries(scrape, fleet, series);
  const report = { bench: 'metrics', unit: 'ms', figure: (ms: number) => ms };
  const fresh = await race(rounds, newSnapshot(ours, fleet), [
    newSnapshot(promClient, fleet),
    sameSnapshot(promClient, 'prom-client, its values set beforehand'),
    newSnapshot(sdk, fleet),
  ]);
  yield* resultsOf(fresh, { ...report, case: `${series / 1000} k series, new snapshot` });
  const again = await race(rounds, sameSnapshot(ours), [sameSnapshot(promClient), sameSnapshot(sdk)]);
  yield* resultsOf(again, { ...report, case: `${series / 1000} k series, same snapshot again` });
}

/** From the rows of a snapshot to text. */
function newSnapshot(scrape: Scrape, fleet: Fleet): Contender {
  let rows: readonly Row[] = [];
  return {
    name: scrape.name,
    prepare: (round) => {
      rows = fleet.rows(round);
    },
    work: () => {
      scrape.take(rows);
      return scrape.text();
    },
  };
}

function sameSnapshot(scrape: Scrape, name = scrape.name): Contender {
  return { name, work: () => scrape.text() };
}

/** Whoever writes less than all has no place in the race. */
async function requireSeries(scrape: Scrape, fleet: Fleet, series: number): Promise<void> {
  scrape.take(fleet.rows(0));
  const text = await scrape.text();
  const samples = text.split('\n').filter((line) => line.startsWith('thing_')).length;
  if (samples !== series) throw new Error(`${scrape.name} wrote ${samples} samples of ${series}`);
}

function createOurScrape({ entity }: Fleet): Scrape {
  let latest: readonly Row[] = [];
  const meter = createFleetMeter({
    scope: { name: 'bench' },
    clock: systemClock,
    logger: silentLogger,
  });
  registerObservables(meter, [entity], () => latest);
  const side = createPrometheusSide({ producers: [meter], resource: emptyResource(), logger: silentLogger });
  return {
    name: 'ours',
    take: (rows) => {
      latest = rows;
    },
    text: async () => {
      const { status, body } = await side.render({});
      if (status !== 200 || typeof body !== 'string') throw new Error(`our scrape answered ${status}`);
      return body;
    },
  };
}
