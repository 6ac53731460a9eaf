import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { noon } from '../../support/sample-series.ts';
import { genericOfPayload, noonNanos } from '../support/generic-request.ts';
import { encodeMessage } from '../support/otlp-schema.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterEach(() => pool.query('truncate telemetry.series, telemetry.number_point, telemetry.histogram_point'));
afterAll(() => postgres.stop());

const encodings = ['json', 'protobuf'] as const;

/** Stores a request that is written as JSON, and gives what became of it. */
async function receive(encoding: (typeof encodings)[number], body: object) {
  const bytes =
    encoding === 'json' ? Buffer.from(JSON.stringify(body)) : encodeMessage('MetricsRequest', { ...body });
  const { points, rejections } = genericOfPayload({ encoding, bytes });
  const outcome = await createPointStore(pool).store(points.points, new AbortController().signal);
  return { outcome, rejections };
}

const gauges = (...dataPoints: readonly unknown[]) => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'level', gauge: { dataPoints } }] }] }],
});
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

describe.each(encodings)('what %s brings is in the database', (encoding) => {
  it('B17, B81: integers as texts and as numbers, times to the microsecond', async () => {
    const time = { timeUnixNano: '1772366410123456789' };
    const values = [
      { ...time, asInt: '42' },
      { ...time, asInt: 42, attributes: [text('b', '')] },
      { ...time, asInt: '9007199254740993', attributes: [text('c', '')] },
    ];
    const { outcome } = await receive(encoding, gauges(...values));
    expect(outcome).toMatchObject({ inserted: 3, duplicates: 0 });
    const { rows } = await pool.query(
      `select to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time, value_int::text as value
       from telemetry.numbers order by attributes::text collate "C"`,
    );
    const at = '2026-03-01T12:00:10.123456Z';
    expect(rows).toEqual([
      { time: at, value: '42' },
      { time: at, value: '9007199254740993' },
      { time: at, value: '42' },
    ]);
  });

  it('C32, C33: attributes of all types, resource and scope as documents', async () => {
    const attributes = [
      text('text', 'x"\\\n é'),
      { key: 'int', value: { intValue: '9007199254740993' } },
      { key: 'double', value: { doubleValue: 0.1 } },
      { key: 'infinite', value: { doubleValue: encoding === 'json' ? '-Infinity' : -Infinity } },
      { key: 'bool', value: { boolValue: false } },
      { key: 'bytes', value: { bytesValue: encoding === 'json' ? '/wA=' : Buffer.from([255, 0]) } },
      { key: 'list', value: { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'a' }, {}] } } },
      { key: 'map', value: { kvlistValue: { values: [text('__proto__', 'v')] } } },
      { key: 'nothing' },
    ];
    const body = {
      resourceMetrics: [
        {
          resource: { attributes: [text('service.name', 'worker')] },
          schemaUrl: 'https://example.org/r',
          scopeMetrics: [
            {
              scope: { name: 'lib', version: '1.2', attributes: [text('k', 'v')] },
              schemaUrl: 'https://example.org/s',
              metrics: [
                {
                  name: 'level',
                  description: 'How much.',
                  unit: 'By',
                  gauge: { dataPoints: [{ timeUnixNano: noonNanos, asDouble: 0.5, attributes }] },
                },
              ],
            },
          ],
        },
      ],
    };
    expect((await receive(encoding, body)).outcome).toMatchObject({ inserted: 1 });
    const { rows } = await pool.query(
      `select time, start_time, name, unit, kind, temporality, monotonic, value, attributes, attributes->>'int' as int,
         resource, resource_schema_url, scope, description from telemetry.numbers`,
    );
    expect(rows).toEqual([
      {
        time: new Date(noon / 1000),
        start_time: null,
        name: 'level',
        unit: 'By',
        kind: 'gauge',
        temporality: null,
        monotonic: null,
        value: 0.5,
        attributes: {
          text: 'x"\\\n é',
          int: 9007199254740992,
          double: 0.1,
          infinite: '-Infinity',
          bool: false,
          bytes: '/wA=',
          list: [1, 'a', null],
          map: JSON.parse('{"__proto__":"v"}'),
          nothing: null,
        },
        int: '9007199254740993',
        resource: { 'service.name': 'worker' },
        resource_schema_url: 'https://example.org/r',
        scope: { name: 'lib', version: '1.2', schema_url: 'https://example.org/s', attributes: { k: 'v' } },
        description: 'How much.',
      },
    ]);
  });

  it('C43: texts with U+0000 or half a character are cleaned', async () => {
    const odd = 'a\u0000b\ud800c';
    const body = {
      resourceMetrics: [
        {
          resource: { attributes: [text(odd, odd)] },
          schemaUrl: odd,
          scopeMetrics: [
            {
              scope: { name: odd, version: odd, attributes: [text(odd, odd)] },
              metrics: [
                {
                  name: odd,
                  description: odd,
                  unit: odd,
                  gauge: {
                    dataPoints: [{ timeUnixNano: noonNanos, asInt: 1, attributes: [text(odd, odd)] }],
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const { outcome, rejections } = await receive(encoding, body);
    expect(outcome).toMatchObject({ inserted: 1, refused: [] });
    expect(rejections.points).toBe(0);
    const { rows } = await pool.query(
      'select name, unit, description, attributes, resource from telemetry.numbers',
    );
    const clean = /^a\ufffdb\ufffd+c$/;
    const [row] = rows;
    for (const found of [row.name, row.unit, row.description]) expect(found).toMatch(clean);
    for (const found of [row.attributes, row.resource]) {
      expect(Object.entries(found)).toEqual([[expect.stringMatching(clean), expect.stringMatching(clean)]]);
    }
  });

  it('B37: fifty containers, one of them with twelve cores', async () => {
    const points = Array.from({ length: 50 }, (_, index) => ({
      timeUnixNano: noonNanos,
      asDouble: index === 7 ? 1200.000001 : 0.5,
      attributes: [text('container', `c${index}`)],
    }));
    expect((await receive(encoding, gauges(...points))).outcome).toMatchObject({ inserted: 50 });
    const { rows } = await pool.query('select max(value) as most from telemetry.numbers');
    expect(rows).toEqual([{ most: 1200.000001 }]);
  });

  it('B80: no row of 1970, and three reasons for three points', async () => {
    const far = `${noon + 2 * 3_600_000_000}000`;
    const { outcome, rejections } = await receive(
      encoding,
      gauges({ asInt: 1 }, { timeUnixNano: '1000', asInt: 1 }, { timeUnixNano: far, asInt: 1 }),
    );
    expect(outcome).toMatchObject({ inserted: 0 });
    expect([...rejections.byReason()]).toEqual([
      ['time_missing', 1],
      ['time_too_old', 1],
      ['time_in_future', 1],
    ]);
    expect((await pool.query('select from telemetry.number_point')).rowCount).toBe(0);
  });

  it('B87: nine of ten values where one is no number, and their average finite', async () => {
    const points = Array.from({ length: 10 }, (_, index) => ({
      timeUnixNano: noonNanos,
      asDouble: index === 4 ? (encoding === 'json' ? 'NaN' : Number.NaN) : index,
      attributes: [text('i', `${index}`)],
    }));
    const { outcome, rejections } = await receive(encoding, gauges(...points));
    expect(outcome).toMatchObject({ inserted: 9 });
    expect(rejections.points).toBe(1);
    const { rows } = await pool.query('select avg(value) as average from telemetry.numbers');
    expect(rows).toEqual([{ average: 41 / 9 }]);
  });

  it('B79: a histogram, with its buckets', async () => {
    const histogram = {
      aggregationTemporality: 1,
      dataPoints: [
        {
          timeUnixNano: noonNanos,
          startTimeUnixNano: `${noon - 1e6}000`,
          count: 3,
          sum: 900,
          explicitBounds: [100.5, 1000],
          bucketCounts: [1, 2, 0],
        },
      ],
    };
    const body = {
      resourceMetrics: [
        {
          scopeMetrics: [{ metrics: [{ name: 'gen_ai.client.token.usage', unit: '{token}', histogram }] }],
        },
      ],
    };
    await receive(encoding, body);
    const { rows } = await pool.query(
      'select name, temporality, count, sum, min, bounds, counts from telemetry.histograms',
    );
    expect(rows).toEqual([
      {
        name: 'gen_ai.client.token.usage',
        temporality: 'delta',
        count: '3',
        sum: 900,
        min: null,
        bounds: [100.5, 1000],
        counts: ['1', '2', '0'],
      },
    ]);
  });
});

it('both encodings name the same series', async () => {
  const body = gauges({
    timeUnixNano: noonNanos,
    asInt: 1,
    attributes: [text('b', 'x'), text('a', 'y'), { key: 'n', value: { intValue: 5 } }],
  });
  expect((await receive('json', body)).outcome).toMatchObject({ inserted: 1 });
  expect((await receive('protobuf', body)).outcome).toMatchObject({ inserted: 0, duplicates: 1 });
});
