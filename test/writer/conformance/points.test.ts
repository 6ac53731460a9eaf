import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type ConformanceRig, type Json, openRig, partialIn } from '../support/conformance-rig.ts';
import {
  attributesOf,
  containerId,
  gaugeOf,
  memoryOf,
  nanos,
  pointOf,
  requestOf,
  snapshotOf,
  startNanos,
} from '../support/requests.ts';
import { wires } from '../support/writer-rig.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const stamped = { timeUnixNano: nanos, startTimeUnixNano: startNanos };
const histogramPoint = {
  ...stamped,
  ...{ count: '6', sum: 10.5, bucketCounts: ['1', '2', '3'], explicitBounds: [1, 2] },
};
const exponentialPoint = {
  ...stamped,
  ...{ count: '3', sum: 9.5, scale: 1, zeroCount: '1', positive: { offset: 0, bucketCounts: ['2'] } },
};
const summaryPoint = { ...stamped, count: '3', sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] };

const sumOf = (name: string, aggregationTemporality: number, ...dataPoints: readonly Json[]): Json => ({
  name,
  sum: { aggregationTemporality, isMonotonic: true, dataPoints },
});
const histogramOf = (name: string, ...dataPoints: readonly Json[]): Json => ({
  name,
  histogram: { aggregationTemporality: 2, dataPoints },
});
const exponentialOf = (name: string, ...dataPoints: readonly Json[]): Json => ({
  name,
  exponentialHistogram: { aggregationTemporality: 2, dataPoints },
});
const summaryOf = (name: string, ...dataPoints: readonly Json[]): Json => ({ name, summary: { dataPoints } });

/** A metric of each kind with a point that is good but for these fields; the first is one of the catalog. */
const oneOfEach = (fields: Json): readonly Json[] => [
  memoryOf(pointOf('c1', { asInt: '1', ...fields })),
  gaugeOf('gauge', { timeUnixNano: nanos, asDouble: 0.5, ...fields }),
  sumOf('sum', 2, { ...stamped, asInt: '5', ...fields }),
  histogramOf('histogram', { ...histogramPoint, ...fields }),
  exponentialOf('exponential', { ...exponentialPoint, ...fields }),
  summaryOf('summary', { ...summaryPoint, ...fields }),
];

const views = ['numbers', 'histograms', 'exponential_histograms', 'summaries'];

/** How many rows there are in the catalog's table of containers and in each view of all other points. */
async function countsOf(rig: ConformanceRig): Promise<readonly number[]> {
  const counts = await Promise.all(
    views.map(async (view) => (await rig.pool.query(`select from telemetry.${view}`)).rowCount ?? 0),
  );
  return [(await rig.rows()).length, ...counts];
}

/** Rows of a query, which names its columns. */
const select = async (rig: ConformanceRig, text: string): Promise<readonly unknown[]> =>
  (await rig.pool.query(text)).rows;

const reasonsOf = ({ core }: ConformanceRig) => Object.fromEntries(core.stats().rejected);

describe('points of every kind', () => {
  it.each(wires)('are stored as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    expect(partialIn(await rig.send(wire, requestOf(...oneOfEach({}))))).toBeUndefined();
    expect(await countsOf(rig)).toEqual([1, 2, 1, 1, 1]);
  });

  it.each(wires)('C25 without a time are rejected as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const answer = await rig.send(wire, requestOf(...oneOfEach({ timeUnixNano: '0' })));
    expect(partialIn(answer)?.rejected).toBe('6');
    const { timeUnixNano, ...timeless } = pointOf('c1', { asInt: '1' });
    expect(partialIn(await rig.send(wire, requestOf(memoryOf(timeless))))?.errorMessage).toContain(
      'time_missing',
    );
    expect(await countsOf(rig)).toEqual([0, 0, 0, 0, 0]);
    expect(reasonsOf(rig)).toEqual({ time_missing: 7 });
  });

  it.each(wires)('C26 without a value are rejected as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const request = requestOf(
      memoryOf(pointOf('c1')),
      gaugeOf('g', pointOf('c1')),
      sumOf('s', 2, pointOf('c1')),
    );
    expect(partialIn(await rig.send(wire, request))).toEqual({
      rejected: '3',
      errorMessage: expect.stringMatching(
        /"container.memory.usage": value_missing.*"g": value_missing.*"s": value_missing/,
      ),
    });
    expect(await countsOf(rig)).toEqual([0, 0, 0, 0, 0]);
  });

  it.each(wires)(
    'C27 that say there is no value are taken and leave none as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const stale = oneOfEach({ flags: 1 });
      const valueless = [memoryOf(pointOf('c1', { flags: 1 })), gaugeOf('g', pointOf('c1', { flags: 1 }))];
      expect(partialIn(await rig.send(wire, requestOf(...stale, ...valueless)))).toBeUndefined();
      expect(await countsOf(rig)).toEqual([0, 0, 0, 0, 0]);
    },
  );

  const badHistograms: Readonly<Record<string, Json>> = {
    'too few counts': { bucketCounts: ['1', '5'] },
    'too many counts': { bucketCounts: ['1', '2', '2', '1'] },
    'counts without bounds': { explicitBounds: [] },
    'bounds without counts': { bucketCounts: [] },
    'bounds that stand still': { explicitBounds: [1, 1] },
    'bounds that fall': { explicitBounds: [2, 1] },
    'a bound that is no number': { explicitBounds: [1, 'NaN'] },
    'counts of another sum': { count: '7' },
  };

  it.each(wires)('C28 that are no histograms are rejected as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const bad = Object.entries(badHistograms).map(([fault, fields]) =>
      histogramOf(fault, { ...histogramPoint, ...fields }),
    );
    const good = [
      histogramOf('good', histogramPoint),
      histogramOf('one bucket', { ...histogramPoint, bucketCounts: ['6'], explicitBounds: [] }),
      histogramOf('no buckets', { ...histogramPoint, bucketCounts: [], explicitBounds: [] }),
    ];
    const partial = partialIn(await rig.send(wire, requestOf(...bad, ...good)));
    expect(partial?.rejected).toBe(String(bad.length));
    for (const fault of Object.keys(badHistograms))
      expect(partial?.errorMessage).toContain(`"${fault}": bad_histogram`);
    expect(
      await select(
        rig,
        'select name, count::int, bounds, counts::int[] from telemetry.histograms order by name',
      ),
    ).toEqual([
      { name: 'good', count: 6, bounds: [1, 2], counts: [1, 2, 3] },
      { name: 'no buckets', count: 6, bounds: [], counts: [] },
      { name: 'one bucket', count: 6, bounds: [], counts: [6] },
    ]);
  });

  it.each(wires)('C28 need no sum as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const { sum, ...summless } = histogramPoint;
    expect(partialIn(await rig.send(wire, requestOf(histogramOf('h', summless))))).toBeUndefined();
    expect(await select(rig, 'select sum, min, max from telemetry.histograms')).toEqual([
      { sum: null, min: null, max: null },
    ]);
  });

  it.each(wires)('C28 keep their counts where a sum is no number as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const histogram = { ...histogramPoint, sum: 'NaN', min: 'NaN', max: 'Infinity' };
    const request = requestOf(
      histogramOf('h', histogram),
      exponentialOf('e', { ...exponentialPoint, sum: '-Infinity' }),
      summaryOf('s', { ...summaryPoint, sum: 'NaN' }),
    );
    expect(partialIn(await rig.send(wire, request))).toBeUndefined();
    expect(await select(rig, 'select count::int, sum, min, max from telemetry.histograms')).toEqual([
      { count: 6, sum: null, min: null, max: null },
    ]);
    expect(await select(rig, 'select count::int, sum from telemetry.exponential_histograms')).toEqual([
      { count: 3, sum: null },
    ]);
    expect(await select(rig, 'select count::int, sum, quantile_values from telemetry.summaries')).toEqual([
      { count: 3, sum: null, quantile_values: [2] },
    ]);
  });

  it.each(wires)('C29 of no temporality are rejected as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const of = (metric: Json, kind: string, temporality: number): Json => ({
      ...metric,
      [kind]: { ...Object(metric[kind]), aggregationTemporality: temporality },
    });
    const [memory = {}, , sum = {}, histogram = {}, exponential = {}] = oneOfEach({});
    const all = (temporality: number) => [
      of(memory, 'sum', temporality),
      of(sum, 'sum', temporality),
      of(histogram, 'histogram', temporality),
      of(exponential, 'exponentialHistogram', temporality),
    ];
    expect(partialIn(await rig.send(wire, requestOf(...all(0))))).toEqual({
      rejected: '4',
      errorMessage: expect.stringContaining('1 of "sum": wrong_temporality'),
    });
    expect(await countsOf(rig)).toEqual([0, 0, 0, 0, 0]);
    // Deltas and totals are two series, and a delta of a metric of the catalog is none of the catalog's.
    expect(partialIn(await rig.send(wire, requestOf(...all(1), ...all(2))))).toBeUndefined();
    const names = await select(rig, 'select name, temporality from telemetry.numbers order by 1, 2');
    expect(names).toEqual([
      { name: 'container.memory.usage', temporality: 'delta' },
      { name: 'sum', temporality: 'cumulative' },
      { name: 'sum', temporality: 'delta' },
    ]);
    expect(await countsOf(rig)).toEqual([1, 3, 2, 2, 0]);
  });

  it.each(wires)('C30 keep their start, but for gauges, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const network = {
      ...pointOf('c1', { asInt: '5', startTimeUnixNano: startNanos }),
      attributes: attributesOf({ ...containerId('c1'), 'network.io.direction': 'receive' }),
    };
    const metrics = oneOfEach({ startTimeUnixNano: startNanos });
    await rig.send(wire, requestOf({ ...sumOf('container.network.io', 2, network), unit: 'By' }, ...metrics));
    expect((await rig.rows()).map(({ start }) => start)).toEqual([1_772_366_400_000_000]);
    const union = views.map(
      (view) => `select name, extract(epoch from start_time)::int as start from telemetry.${view}`,
    );
    expect(await select(rig, `${union.join(' union all ')} order by name`)).toEqual([
      { name: 'exponential', start: 1_772_366_400 },
      { name: 'gauge', start: null },
      { name: 'histogram', start: 1_772_366_400 },
      { name: 'sum', start: 1_772_366_400 },
      { name: 'summary', start: 1_772_366_400 },
    ]);
  });

  it.each<[string, number | undefined]>([
    ['18446744073709551615', undefined],
    ['1772366710123457000', undefined],
    ['1772366710123456000', 1_772_366_710_123_456],
    ['0', undefined],
    ['1000', 1],
  ])(
    'C30 of the catalog that began at %s are kept, with their start where it can be one',
    async (start, kept) => {
      await using rig = await openRig(postgres);
      const network = {
        ...pointOf('c1', { asInt: '5', startTimeUnixNano: start }),
        attributes: attributesOf({ ...containerId('c1'), 'network.io.direction': 'receive' }),
      };
      const answer = await rig.send(
        { encoding: 'protobuf', gzip: false },
        requestOf({ ...sumOf('container.network.io', 2, network), unit: 'By' }),
      );
      expect(partialIn(answer)).toBeUndefined();
      expect((await rig.rows()).map((row) => [row.values, row.start])).toEqual([
        [{ networkReceive: 5 }, kept],
      ]);
    },
  );

  it.each(wires)(
    'C31 that name an attribute twice have its last value, and are counted, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const twice = [...attributesOf({ ...containerId('c1') }), ...attributesOf({ 'container.id': 'c2' })];
      const point = { timeUnixNano: nanos, asInt: '1', attributes: twice };
      const partial = partialIn(await rig.send(wire, requestOf(memoryOf(point), gaugeOf('g', point))));
      expect(partial).toEqual({ rejected: '0', errorMessage: expect.stringMatching(/name one twice.*: 2$/) });
      expect(await rig.rows()).toMatchObject([{ identity: containerId('c2') }]);
      expect(await select(rig, 'select attributes from telemetry.numbers')).toEqual([
        { attributes: containerId('c2') },
      ]);
      expect(rig.core.stats().repeatedKeys).toBe(2);
    },
  );

  it.each(wires)('C32 may have attributes of any type as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const attributes = [
      ...attributesOf({
        text: 'ü',
        no: false,
        whole: 9007199254740993n,
        broken: 0.25,
        list: ['a', 1n, [true]],
      }),
      ...attributesOf({ map: { inner: { deep: 'x' } }, empty: null }),
      { key: 'bytes', value: { bytesValue: 'AQID' } },
    ];
    const metrics = [gaugeOf('g', { timeUnixNano: nanos, asInt: '1', attributes })];
    expect(partialIn(await rig.send(wire, requestOf(...metrics)))).toBeUndefined();
    const text = `select attributes - 'whole' as rest, attributes->>'whole' as whole from telemetry.numbers`;
    expect(await select(rig, text)).toEqual([
      {
        rest: {
          text: 'ü',
          no: false,
          broken: 0.25,
          list: ['a', 1, [true]],
          map: { inner: { deep: 'x' } },
          empty: null,
          bytes: 'AQID',
        },
        whole: '9007199254740993',
      },
    ]);
  });

  it.each(wires)(
    'C32 of the catalog are kept as others when an attribute is no text, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const attributes = attributesOf({ 'ciris.server.id': 'main', 'container.id': 7n });
      const odd = { timeUnixNano: nanos, asInt: '1', attributes };
      expect(
        partialIn(await rig.send(wire, requestOf(memoryOf(odd, pointOf('c1', { asInt: '1' }))))),
      ).toBeUndefined();
      expect(await countsOf(rig)).toEqual([1, 1, 0, 0, 0]);
      expect(rig.core.stats()).toMatchObject({
        strangers: 1,
        typed: { received: 1 },
        generic: { received: 1 },
      });
      await rig.send(wire, requestOf(memoryOf(odd)));
      const said = rig.log.filter(({ message }) => message.includes('that the catalog knows otherwise'));
      expect(said.map(({ message }) => message)).toEqual([
        expect.stringContaining('1 of "container.memory.usage": attribute_not_text'),
      ]);
    },
  );

  it.each(wires)(
    'C33 keep resource and scope, but for those of the catalog, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const from = (service: string, version: string): Json => ({
        resource: { attributes: attributesOf({ 'service.name': service }) },
        schemaUrl: 'https://resource',
        scopeMetrics: [
          {
            scope: { name: 'lib', version, attributes: attributesOf({ lang: 'ts' }) },
            schemaUrl: 'https://scope',
            metrics: [
              gaugeOf('g', { timeUnixNano: nanos, asInt: '1' }),
              memoryOf(pointOf('c1', { asInt: '1' })),
            ],
          },
        ],
      });
      const resourceMetrics = [from('a', '1'), from('a', '2'), from('b', '1')];
      expect(partialIn(await rig.send(wire, { resourceMetrics }))).toBeUndefined();
      const text =
        'select resource, scope, resource_schema_url as url from telemetry.numbers order by resource, scope';
      const row = (service: string, version: string) => ({
        resource: { 'service.name': service },
        scope: { name: 'lib', version, attributes: { lang: 'ts' }, schema_url: 'https://scope' },
        url: 'https://resource',
      });
      expect(await select(rig, text)).toEqual([row('a', '1'), row('a', '2'), row('b', '1')]);
      expect(await rig.rows()).toHaveLength(1);
    },
  );

  it.each(wires)(
    'C42 too old and too far ahead are rejected by name as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const now = BigInt(nanos);
      const second = 1_000_000_000n;
      const times = {
        old: now - (5n * 86_400n + 1n) * second,
        oldest: now - (5n * 86_400n - 1n) * second,
        newest: now + 299n * second,
        ahead: now + 301n * second,
      };
      for (const time of [times.old, times.ahead]) {
        const request = requestOf(...oneOfEach({ timeUnixNano: String(time) }));
        expect(partialIn(await rig.send(wire, request))?.rejected).toBe('6');
      }
      expect(await countsOf(rig)).toEqual([0, 0, 0, 0, 0]);
      for (const time of [times.oldest, times.newest]) {
        const request = requestOf(...oneOfEach({ timeUnixNano: String(time) }));
        expect(partialIn(await rig.send(wire, request))).toBeUndefined();
      }
      expect(await countsOf(rig)).toEqual([2, 4, 2, 2, 2]);
      expect(reasonsOf(rig)).toEqual({ time_too_old: 6, time_in_future: 6 });
    },
  );
});

describe('log records', () => {
  it.each(wires)(
    'C9 are stored when they are events of snapshots, and else refused, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const request = snapshotOf({});
      expect(partialIn(await rig.sendLogs(wire, request))).toBeUndefined();
      expect((await rig.sendLogs(wire, request)).status).toBe(200);
      expect(partialIn(await rig.sendLogs(wire, snapshotOf({}, { eventName: 'other' })))).toEqual({
        rejected: '1',
        errorMessage: 'records rejected: 1 (1 of "other": unknown_event, the event is none that is stored)',
      });
      expect(
        partialIn(await rig.sendLogs(wire, snapshotOf({ 'ciris.snapshot.id': 'none' })))?.errorMessage,
      ).toContain('event_invalid');
      expect(await select(rig, 'select instance, sequence::int from telemetry.snapshot')).toEqual([
        { instance: 'exporter-1', sequence: 3 },
      ]);
      expect(rig.core.stats()).toMatchObject({ events: { received: 4, inserted: 1, duplicates: 1 } });
    },
  );

  it.each(wires)('C8 may be none as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    for (const request of [{}, { resourceLogs: [{}] }, { resourceLogs: [{ scopeLogs: [{}] }] }])
      expect(partialIn(await rig.sendLogs(wire, request))).toBeUndefined();
  });
});
