import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { bodyOf, callOf, openRig, partialIn, statusIn } from '../support/conformance-rig.ts';
import { encodeMessage } from '../support/otlp-schema.ts';
import {
  attributesOf,
  containerId,
  gaugeOf,
  memoryOf,
  nanos,
  pointOf,
  requestOf,
  snapshotOf,
} from '../support/requests.ts';
import { wires } from '../support/writer-rig.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const jsonWires = wires.filter(({ encoding }) => encoding === 'json');
const protobufWires = wires.filter(({ encoding }) => encoding === 'protobuf');

describe('decoding', () => {
  it.each(jsonWires)(
    'C19 knows keys in lowerCamelCase alone, and passes over others, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const { timeUnixNano, ...point } = pointOf('c1', { asInt: '7', asint: 8, somethingNew: { a: [1] } });
      const snake = { ...point, time_unix_nano: timeUnixNano };
      const request = requestOf({ ...memoryOf({ ...point, timeUnixNano }, snake), newer: true });
      expect(partialIn(await rig.send(wire, { ...request, newer: [] }))).toEqual({
        rejected: '1',
        errorMessage: expect.stringContaining('time_missing'),
      });
      expect((await rig.rows()).map(({ values }) => values)).toEqual([{ memoryUsage: 7 }]);
    },
  );

  it.each(jsonWires)('C19 says so when a request holds nothing that it knows, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const answer = await rig.http.call('/v1/metrics', bodyOf(wire, Buffer.from('{"resource_metrics":[{}]}')));
    expect(partialIn(answer)).toEqual({
      rejected: '0',
      errorMessage: expect.stringContaining('"resource_metrics"'),
    });
  });

  it('C10 says so of a metric whose kind it does not know', async () => {
    await using rig = await openRig(postgres);
    const strange = { name: 'strange', intGauge: { dataPoints: [{ timeUnixNano: nanos, value: '1' }] } };
    const request = requestOf(memoryOf(pointOf('c1', { asInt: '7' })), strange);
    const answer = await rig.send({ encoding: 'json', gzip: false }, request);
    expect(partialIn(answer)).toEqual({ rejected: '0', errorMessage: expect.stringContaining('"strange"') });
    await rig.send({ encoding: 'json', gzip: false }, request);
    expect(rig.log.filter(({ message }) => message.includes('"strange"'))).toMatchObject([{ level: 'warn' }]);
    expect((await rig.rows()).map(({ values }) => values)).toEqual([{ memoryUsage: 7 }]);
  });

  it.each(jsonWires)('C20 takes enums as integers alone, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const sum = {
      aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
      dataPoints: [pointOf('c1', { asInt: '7' })],
    };
    const answer = await rig.send(wire, requestOf({ ...memoryOf(), sum }));
    expect([answer.status, statusIn(answer).message]).toEqual([
      400,
      expect.stringContaining('aggregationTemporality'),
    ]);
    expect(await rig.rows()).toEqual([]);
  });

  it.each(jsonWires)('C21 reads 64-bit integers from text and from numbers, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const time = '1772366410123456789';
    const points = [
      pointOf('text', { asInt: '42', timeUnixNano: time }),
      pointOf('number', { asInt: 42, timeUnixNano: 1772366410123456000 }),
      pointOf('large', { asInt: '9007199254740993', timeUnixNano: time }),
      pointOf('old', { asInt: '1', timeUnixNano: '1' }),
    ];
    const answer = await rig.send(wire, requestOf(memoryOf(...points)));
    // Its own integers are text.
    expect(partialIn(answer)?.rejected).toBe('1');
    const rows = (await rig.rows()).map(({ time: micros, identity, values }) => [
      identity['container.id'],
      micros,
      values.memoryUsage,
    ]);
    expect(new Set(rows)).toEqual(
      new Set([
        ['text', 1_772_366_410_123_456, 42],
        ['number', 1_772_366_410_123_456, 42],
        ['large', 1_772_366_410_123_456, 9_007_199_254_740_993n],
      ]),
    );
  });

  it.each(wires)('C21 keeps integers above 2^53 exact as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const point = (asInt: string) => pointOf('c1', { asInt });
    await rig.send(
      wire,
      requestOf(memoryOf(point('9007199254740993')), gaugeOf('g', point('-9223372036854775808'))),
    );
    expect(await rig.rows()).toMatchObject([{ values: { memoryUsage: 9_007_199_254_740_993n } }]);
    const { rows } = await rig.pool.query('select value_int::text as value from telemetry.numbers');
    expect(rows).toEqual([{ value: '-9223372036854775808' }]);
  });

  it.each(wires)(
    'C22 reads ids of traces in hexadecimal digits, other bytes in base64, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const bytes = Buffer.alloc(32, 0xa5);
      const trace = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
      // In JSON of any case; the encoder of protobuf takes base64.
      const ids =
        wire.encoding === 'json'
          ? { traceId: trace.toString('hex').toUpperCase(), spanId: '0123456789ABCDEF' }
          : { traceId: trace.toString('base64'), spanId: trace.subarray(0, 8).toString('base64') };
      const digest = { key: 'ciris.snapshot.digest', value: { bytesValue: bytes.toString('base64') } };
      const answer = await rig.sendLogs(wire, snapshotOf({}, { ...ids }, [digest]));
      expect([answer.status, partialIn(answer)]).toEqual([200, undefined]);
      const { rows } = await rig.pool.query("select encode(digest, 'hex') as digest from telemetry.snapshot");
      expect(rows).toEqual([{ digest: bytes.toString('hex') }]);
    },
  );

  it.each(jsonWires)('C22 loses no event for an id of a trace that is none, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    expect(partialIn(await rig.sendLogs(wire, snapshotOf({}, { traceId: 'xyz' })))).toBeUndefined();
    expect((await rig.pool.query('select from telemetry.snapshot')).rowCount).toBe(1);
  });

  it.each(wires)('C23 reads what is no number or infinite as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const figures = ['NaN', 'Infinity', '-Infinity', ...Array.from({ length: 9 }, (_, index) => index / 4)];
    const points = figures.map((asDouble, index) => pointOf(`c${index}`, { asDouble }));
    const cpu = { name: 'container.cpu.usage', unit: '{cpu}', gauge: { dataPoints: points } };
    const answer = await rig.send(wire, requestOf(cpu, gaugeOf('other', ...points)));
    expect(partialIn(answer)).toEqual({
      rejected: '6',
      errorMessage: expect.stringContaining('3 of "other": value_not_finite'),
    });
    const { rows } = await rig.pool.query(
      'select avg(value)::float as mean, count(*)::int from telemetry.numbers',
    );
    expect(rows).toEqual([{ mean: 1, count: 9 }]);
  });

  it.each(wires)('C24 passes over fields that it does not know as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const answer = await rig.send(
      wire,
      requestOf(memoryOf(pointOf('c1', { asInt: '7', notYetKnown: 'of a later version' }))),
    );
    expect([answer.status, partialIn(answer)]).toEqual([200, undefined]);
    expect(await rig.rows()).toMatchObject([{ values: { memoryUsage: 7 } }]);
  });

  it.each(wires)(
    'C43 cleans text that the database could not hold as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const dirty = requestOf(
        memoryOf(pointOf('a\0b', { asInt: '1' })),
        gaugeOf('gauge\0name', {
          ...pointOf('c1', { asInt: '1' }),
          attributes: attributesOf({ 'k\0y': 'v\0' }),
        }),
      );
      const answer = await rig.send(wire, dirty);
      expect([answer.status, partialIn(answer)]).toEqual([200, undefined]);
      expect(await rig.rows()).toMatchObject([{ identity: { 'container.id': 'a\uFFFDb' } }]);
      const { rows } = await rig.pool.query('select name, attributes from telemetry.numbers');
      expect(rows).toEqual([{ name: 'gauge\uFFFDname', attributes: { 'k\uFFFDy': 'v\uFFFD' } }]);
    },
  );

  it.each(wires)('C43 cleans bytes that are no UTF-8 as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const request = requestOf(memoryOf(pointOf('a@@@b', { asInt: '1' })));
    const bytes = Buffer.from(
      wire.encoding === 'json'
        ? Buffer.from(JSON.stringify(request))
        : encodeMessage('MetricsRequest', request),
    );
    bytes.fill(0xff, bytes.indexOf('@@@'), bytes.indexOf('@@@') + 3);
    expect((await rig.http.call('/v1/metrics', bodyOf(wire, bytes))).status).toBe(200);
    expect(await rig.rows()).toMatchObject([{ identity: { 'container.id': 'a\uFFFD\uFFFD\uFFFDb' } }]);
  });

  it.each(protobufWires)('C43 answers 400 to JSON that is sent as protobuf, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const { body = Buffer.alloc(0) } = callOf(
      { encoding: 'json', gzip: false },
      'MetricsRequest',
      requestOf(memoryOf()),
    );
    expect((await rig.http.call('/v1/metrics', bodyOf(wire, body))).status).toBe(400);
  });
});

/** A request with something for every table. */
const everything = (): Readonly<Record<string, unknown>> => {
  const start = { startTimeUnixNano: '1772366400000000000' };
  const point = {
    attributes: attributesOf({ b: true, n: 7n, x: 0.5, s: 'ü', l: ['a', 1n] }),
    timeUnixNano: nanos,
  };
  const network = ['receive', 'transmit'].map((direction) => ({
    ...pointOf('c1', { ...start, asInt: '9007199254740993' }),
    attributes: attributesOf({ ...containerId('c1'), 'network.io.direction': direction }),
  }));
  const states = ['running', 'exited'].map((state) => ({
    ...pointOf('c1', { asInt: state === 'running' ? '1' : '0' }),
    attributes: attributesOf({ ...containerId('c1'), 'ciris.container.state': state }),
  }));
  const info = {
    ...pointOf('c1', { asInt: '1' }),
    attributes: attributesOf({ ...containerId('c1'), 'container.name': 'agent-ü' }),
  };
  const buckets = {
    count: '6',
    sum: 10.5,
    min: 0.5,
    max: 4,
    bucketCounts: ['1', '2', '3'],
    explicitBounds: [1, 2],
  };
  const exponential = {
    ...{ count: '7', sum: 9.5, scale: -1, zeroCount: '1', zeroThreshold: 0.001 },
    positive: { offset: -2, bucketCounts: ['1', '2'] },
    negative: { offset: 1, bucketCounts: ['3'] },
  };
  const cumulative = { aggregationTemporality: 2 };
  const metrics = [
    memoryOf(pointOf('c1', { asInt: '7' }), pointOf('c2', { asInt: '-1' })),
    { name: 'container.cpu.usage', unit: '{cpu}', gauge: { dataPoints: [pointOf('c1', { asDouble: 0.1 })] } },
    {
      name: 'container.network.io',
      unit: 'By',
      sum: { ...cumulative, isMonotonic: true, dataPoints: network },
    },
    { name: 'ciris.container.state', gauge: { dataPoints: states } },
    { name: 'ciris.container.info', gauge: { dataPoints: [info] } },
    gaugeOf('other.gauge', { ...point, asDouble: -0.25 }),
    {
      name: 'other.delta',
      sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...point, ...start, asInt: '5' }] },
    },
    {
      name: 'other.histogram',
      unit: 's',
      histogram: { ...cumulative, dataPoints: [{ ...point, ...start, ...buckets }] },
    },
    {
      name: 'other.exponential',
      exponentialHistogram: { ...cumulative, dataPoints: [{ ...point, ...start, ...exponential }] },
    },
    {
      name: 'other.summary',
      summary: {
        dataPoints: [
          { ...point, ...start, count: '3', sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] },
        ],
      },
    },
  ];
  const resource = { attributes: attributesOf({ 'service.name': 'test', 'host.cpus': 2n }) };
  const scope = { name: 'golden', version: '1', attributes: attributesOf({ lang: 'ts' }) };
  return {
    resourceMetrics: [
      { resource, schemaUrl: 'https://r', scopeMetrics: [{ scope, schemaUrl: 'https://s', metrics }] },
    ],
  };
};

const integersAsText = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);

describe('one request in four forms', () => {
  const views = ['numbers', 'histograms', 'exponential_histograms', 'summaries', 'snapshot'];

  it.each(wires)('C44 makes the same rows as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    expect(partialIn(await rig.send(wire, everything()))).toBeUndefined();
    expect(
      partialIn(await rig.sendLogs(wire, snapshotOf({ 'ciris.snapshot.rows': 12n, more: 'said' }))),
    ).toBeUndefined();
    const lines = (await rig.rows()).map((row) => `container ${JSON.stringify(row, integersAsText)}`);
    for (const view of views) {
      const text = `select to_jsonb(t)::text as row from telemetry.${view} t order by 1`;
      const { rows } = await rig.pool.query(text);
      lines.push(...rows.map(({ row }) => `${view} ${row}`));
    }
    expect(lines).toHaveLength(8);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      fileURLToPath(new URL('golden/rows.txt', import.meta.url)),
    );
  });
});
