import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/runtime/steps.ts';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import {
  decodeJson,
  jsonGaugeOf,
  jsonMetricOf,
  metricsIn,
  plenty,
  pointsIn,
  requestIn,
} from '../support/decoded.ts';

const point = { attributes: [], start: 0, startNanos: 0, time: 0, timeNanos: 0, value: undefined, flags: 0 };

describe('decoding JSON', () => {
  it.each(['{}', '{"resourceMetrics":[]}', '{"resourceMetrics":null}'])(
    'reads %s as an empty request (C8)',
    (body) => {
      expect(requestIn(decodeJson(body))).toEqual({ resources: [] });
    },
  );

  it('reads resource, scope, metric and point', () => {
    const body = {
      resourceMetrics: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ciris' } }] },
          schemaUrl: 'urn:resource',
          scopeMetrics: [
            {
              scope: {
                name: 'scope',
                version: '1.2',
                attributes: [{ key: 'a', value: { boolValue: true } }],
              },
              schemaUrl: 'urn:scope',
              metrics: [
                {
                  name: 'container.cpu.time',
                  description: 'Time.',
                  unit: 's',
                  sum: {
                    aggregationTemporality: 2,
                    isMonotonic: true,
                    dataPoints: [
                      {
                        startTimeUnixNano: '1772366000000000001',
                        timeUnixNano: '1772366410123456789',
                        asDouble: 1.5,
                        flags: 0,
                        attributes: [{ key: 'cpu.mode', value: { stringValue: 'user' } }],
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    expect(requestIn(decodeJson(body))).toEqual({
      resources: [
        {
          attributes: [{ key: 'service.name', value: 'ciris' }],
          schemaUrl: 'urn:resource',
          scopes: [
            {
              scope: { name: 'scope', version: '1.2', attributes: [{ key: 'a', value: true }] },
              schemaUrl: 'urn:scope',
              metrics: [
                {
                  name: 'container.cpu.time',
                  description: 'Time.',
                  unit: 's',
                  data: {
                    kind: 'sum',
                    temporality: 'cumulative',
                    monotonic: true,
                    points: [
                      {
                        attributes: [{ key: 'cpu.mode', value: 'user' }],
                        start: 1_772_366_000_000_000,
                        startNanos: 1,
                        time: 1_772_366_410_123_456,
                        timeNanos: 789,
                        value: 1.5,
                        flags: 0,
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['"42"', 42],
    ['42', 42],
    ['-42', -42],
    ['42.0', 42],
    ['"-0"', 0],
    ['-0', 0],
    ['"9007199254740993"', 9_007_199_254_740_993n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['1e2', 100],
    ['"1e2"', 100],
    ['"42.0"', 42],
    ['"-4.20E+1"', -42],
    ['"4200e-2"', 42],
    ['9.007199254740993e15', 9_007_199_254_740_993n],
    ['9007199254740993.0', 9_007_199_254_740_993n],
    ['9.223372036854775807E+18', 2n ** 63n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['"9223372036854775807"', 2n ** 63n - 1n],
  ])('reads the integer %s, as a string or as a number (B17, B81, C21)', (written, value) => {
    const body = JSON.stringify(jsonGaugeOf({ asInt: 'HERE' })).replace('"HERE"', written);
    expect(pointsIn(decodeJson(body))).toEqual([{ ...point, value }]);
  });

  it.each([
    ['9223372036854775808', 2 ** 63],
    ['"9223372036854775808"', 2 ** 63],
    ['-9223372036854777856', -(2 ** 63) - 2048],
    ['18446744073709552000', 2 ** 64],
    ['1e19', 1e19],
    ['"1e19"', 1e19],
    ['1e+21', 1e21],
    ['10000000000000000000000000', 1e25],
    [`${Number.MAX_VALUE}`, Number.MAX_VALUE],
  ])('takes the integer %s for the double that its sender had (B81)', (written, value) => {
    const attributes = [{ key: 'a', value: { intValue: 'HERE' } }];
    const body = JSON.stringify(jsonGaugeOf({ asInt: 'HERE', attributes })).replaceAll('"HERE"', written);
    expect(pointsIn(decodeJson(body))).toEqual([{ ...point, value, attributes: [{ key: 'a', value }] }]);
  });

  it.each([
    '"1772366410123456789"',
    '1772366410123456789',
    '1.772366410123456789e+18',
    '"1.772366410123456789e+18"',
  ])('reads the time %s to the nanosecond (B17, C21)', (written) => {
    const body = JSON.stringify(jsonGaugeOf({ timeUnixNano: 'HERE', startTimeUnixNano: '999' })).replace(
      '"HERE"',
      written,
    );
    expect(pointsIn(decodeJson(body))).toEqual([
      { ...point, time: 1_772_366_410_123_456, timeNanos: 789, startNanos: 999 },
    ]);
  });

  it('keeps large integers exact however deep the rest nests', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const body = `{"x":${deep},"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":9007199254740993}]}}]}]}]}`;
    expect(pointsIn(decodeJson(body))).toEqual([{ ...point, value: 9_007_199_254_740_993n }]);
  });

  it('keeps doubles apart from large integers in the same request', () => {
    const body =
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":9007199254740993},{"asDouble":1e300},{"asDouble":100000000000000000000}]}}]}]}]}';
    expect(pointsIn(decodeJson(body)).map(({ value }) => value)).toEqual([
      9_007_199_254_740_993n,
      1e300,
      1e20,
    ]);
  });

  it.each([
    ['"NaN"', Number.NaN],
    ['"Infinity"', Number.POSITIVE_INFINITY],
    ['"-Infinity"', Number.NEGATIVE_INFINITY],
    ['"1.5e3"', 1500],
    ['0.1', 0.1],
    ['null', undefined],
  ])('reads the double %s (C23)', (written, value) => {
    const body = JSON.stringify(jsonGaugeOf({ asDouble: 'HERE' })).replace('"HERE"', written);
    expect(pointsIn(decodeJson(body))).toEqual([{ ...point, value }]);
  });

  it('reads doubles that are no JSON, as some languages write them, beside the others of their request (B87, C23)', () => {
    const body = JSON.stringify({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'NaN, "-Infinity" \\',
                  gauge: { dataPoints: ['A', 'B', 'C', 'D', 1.5].map((asDouble) => ({ asDouble })) },
                },
              ],
            },
          ],
        },
      ],
    });
    const bare = ['NaN', 'Infinity', '-Infinity', '9007199254740993'];
    const written = bare.reduce((text, token, index) => text.replace(`"${'ABCD'[index]}"`, token), body);
    const [metric] = metricsIn(decodeJson(written));
    expect(metric?.name).toBe('NaN, "-Infinity" \\');
    expect(metric?.data?.points).toMatchObject([
      { value: Number.NaN },
      { value: Number.POSITIVE_INFINITY },
      { value: Number.NEGATIVE_INFINITY },
      { value: 9_007_199_254_740_992 },
      { value: 1.5 },
    ]);
  });

  it.each(['{"a":nan}', '{"a":+Infinity}', '{"a":NaN', '{"a":NaNs}', '{NaN:1,}'])(
    'is no JSON: %s',
    (body) => {
      expect(decodeJson(body)).toMatchObject({
        kind: 'invalid',
        at: 'body',
        message: expect.stringContaining('no JSON'),
      });
    },
  );

  it('knows keys in lowerCamelCase alone and passes over others (C19)', () => {
    const body = jsonGaugeOf({
      time_unix_nano: '1',
      TimeUnixNano: '1',
      as_int: '1',
      novelty: { deep: [1] },
      asInt: '3',
    });
    expect(pointsIn(decodeJson(body))).toEqual([{ ...point, value: 3 }]);
  });

  it.each(['resource_metrics', 'resourceSpans'])('remarks that there is only %s in it (C10, C19)', (key) => {
    expect(requestIn(decodeJson({ [key]: [{}] }))).toEqual({
      resources: [],
      remark: `nothing of the body is stored, for it has no "resourceMetrics", but "${key}"`,
    });
  });

  it.each([
    ['a resource', 'scopeMetrics', { resource: {}, schemaUrl: 'x', instrumentationLibraryMetrics: [{}] }],
    ['a resource', 'scopeMetrics', { scope_metrics: [{}] }],
    ['a scope', 'metrics', { scopeMetrics: [{ scope: {}, schemaUrl: 'x', Metrics: [{}] }] }],
  ])('remarks that %s has no %s but something else (C10, C19)', (what, list, resource) => {
    const { remark } = requestIn(
      decodeJson({ resourceMetrics: [{ scopeMetrics: [] }, resource, { other: [] }] }),
    );
    expect(remark).toMatch(`nothing of ${what} is stored, for it has no "${list}", but "`);
  });

  it.each([{}, { resource: {} }, { schemaUrl: 'x', scopeMetrics: [{}, { scope: { name: 'a' } }] }])(
    'remarks nothing of an envelope that is empty: %j (C8)',
    (resource) => {
      expect(requestIn(decodeJson({ resourceMetrics: [resource] })).remark).toBeUndefined();
    },
  );

  it.each([1, '1'])('reads flags written as %j (C27)', (flags) => {
    expect(pointsIn(decodeJson(jsonGaugeOf({ flags })))).toEqual([{ ...point, flags: 1 }]);
  });

  it('reads attribute values of every kind (C22, C32)', () => {
    const values = [
      { stringValue: 'text' },
      { boolValue: false },
      { intValue: '-5' },
      { intValue: 7 },
      { doubleValue: 0.5 },
      { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '7' }] } },
      { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } },
      { bytesValue: 'AP8=' },
      { bytesValue: [0, 255] },
      { bytesValue: Buffer.from([0, 255]) },
      { bytesValue: Uint8Array.of(0, 255) },
      { bytesValue: {} },
      { bytesValue: '_-8' },
      { arrayValue: {} },
      {},
    ];
    const attributes = [...values.map((value) => ({ key: 'key', value })), { key: 'key' }];
    expect(
      pointsIn(decodeJson(jsonGaugeOf({ attributes })))[0]?.attributes.map(({ value }) => value),
    ).toEqual([
      'text',
      false,
      -5,
      7,
      0.5,
      ['a', 7],
      new Map([['k', 'v']]),
      Uint8Array.of(0, 255),
      Uint8Array.of(0, 255),
      Uint8Array.of(0, 255),
      Uint8Array.of(0, 255),
      Uint8Array.of(),
      Uint8Array.of(255, 239),
      [],
      undefined,
      undefined,
    ]);
  });

  it('cleans text that PostgreSQL cannot hold (C43)', () => {
    const body = Buffer.concat([
      Buffer.from('{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a\\u0000b\\ud800c'),
      Buffer.of(0xff),
      Buffer.from('"}]}]}]}'),
    ]);
    const [metric] = metricsIn(atOnce(decodeMetrics({ encoding: 'json', bytes: body }, plenty)));
    expect(metric?.name).toBe('a\uFFFDb\uFFFDc\uFFFD');
  });

  it('parses a large body only when it has waited for its turn', () => {
    const parsing = (body: string) => decodeMetrics({ encoding: 'json', bytes: Buffer.from(body) }, plenty);
    expect(parsing('no JSON').next()).toMatchObject({ value: { kind: 'invalid' } });
    const large = parsing('no JSON'.padEnd(5_000_000));
    expect(large.next()).toEqual({ done: false, value: undefined });
    expect(large.next()).toMatchObject({ value: { kind: 'invalid' } });
    expect([...parsing('{}'.padEnd(5_000_000))]).toHaveLength(2);
  });

  it('passes over a byte order mark', () => {
    expect(decodeJson('\uFEFF{}').kind).toBe('decoded');
  });
});

describe('decoding JSON of which something is passed over', () => {
  const dataPoints = [{ asInt: 1 }];

  it.each<[string, unknown, string]>([
    ['in an older spelling', { name: 'm', gauge: { data_points: dataPoints } }, 'but "data_points"'],
    [
      'beside what a sum has',
      { name: 'm', sum: { aggregationTemporality: 2, isMonotonic: true, points: dataPoints } },
      'but "points"',
    ],
    ['of a kind that is no more', { name: 'm', intGauge: { dataPoints } }, 'its kind is not known'],
    ['of another spelling', { name: 'm', exponential_histogram: { dataPoints } }, 'its kind is not known'],
  ])('remarks on points %s (C10, B78)', (_what, metric, remark) => {
    const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'n', gauge: {} }, metric] }] }] };
    const { remark: found } = requestIn(decodeJson(body));
    expect(found).toContain('metric "m"');
    expect(found).toContain(remark);
  });

  it.each(['gauge', 'intGauge'])('remarks on %s at no length that a sender chooses', (kind) => {
    const metric = { name: 'm'.repeat(10_000), [kind]: { ['p'.repeat(10_000)]: dataPoints } };
    const { remark = '' } = requestIn(decodeJson(jsonMetricOf(metric)));
    expect(remark).toContain('nothing of the metric "mmm');
    expect(remark.length).toBeLessThan(400);
  });

  it.each([
    [{ name: 'm' }],
    [{ name: 'm', gauge: {} }],
    [{ name: 'm', gauge: { dataPoints: [] } }],
    [{ name: 'm', sum: { aggregationTemporality: 2 } }],
    [{ name: 'm', sum: { dataPoints, somethingNew: 1 }, metadata: [] }],
  ])('has nothing to say of %j', (metric) => {
    expect(requestIn(decodeJson(jsonMetricOf(metric))).remark).toBeUndefined();
  });
});

describe('decoding what is no OTLP in JSON', () => {
  it.each<[body: string, at: string]>([
    ['', 'body'],
    ['{', 'body'],
    ['[]', 'body'],
    ['null', 'body'],
    ['"text"', 'body'],
    ['{"resourceMetrics":{}}', 'resourceMetrics'],
    ['{"resourceMetrics":[1]}', 'resourceMetrics'],
    ['{"resourceMetrics":[null]}', 'resourceMetrics'],
    ['{"resourceMetrics":[{"resource":[]}]}', 'resource'],
    ['{"resourceMetrics":[{"schemaUrl":1}]}', 'schemaUrl'],
  ])('refuses %s', (body, at) => {
    expect(decodeJson(body)).toMatchObject({ kind: 'invalid', at });
  });

  it.each<[point: Record<string, unknown>, at: string]>([
    [{ asInt: '1.5' }, 'asInt'],
    [{ asInt: 1.5 }, 'asInt'],
    [{ asInt: '' }, 'asInt'],
    [{ asInt: '1e' }, 'asInt'],
    [{ asInt: '15e-1' }, 'asInt'],
    [{ asInt: '1e999999999' }, 'asInt'],
    [{ asInt: `1.${'0'.repeat(50)}` }, 'asInt'],
    [{ timeUnixNano: 0.5 }, 'timeUnixNano'],
    [{ asInt: 'x' }, 'asInt'],
    [{ asInt: true }, 'asInt'],
    [{ asDouble: 'nan' }, 'asDouble'],
    [{ asDouble: '0x10' }, 'asDouble'],
    [{ timeUnixNano: '-1' }, 'timeUnixNano'],
    [{ timeUnixNano: -1 }, 'timeUnixNano'],
    [{ timeUnixNano: '18446744073709551616' }, 'timeUnixNano'],
    [{ timeUnixNano: '2026-03-01T12:00:10Z' }, 'timeUnixNano'],
    [{ flags: 'NO_RECORDED_VALUE' }, 'flags'],
    [{ flags: -1 }, 'flags'],
    [{ attributes: {} }, 'attributes'],
    [{ attributes: [{ key: 1 }] }, 'key'],
    [{ attributes: [{ key: 'a', value: 'b' }] }, 'value'],
    [{ attributes: [{ key: 'a', value: { bytesValue: 1 } }] }, 'bytesValue'],
    [{ attributes: [{ key: 'a', value: { bytesValue: [256] } }] }, 'bytesValue'],
    [{ attributes: [{ key: 'a', value: { bytesValue: { 0: 256 } } }] }, 'bytesValue'],
    [{ attributes: [{ key: 'a', value: { bytesValue: { 1: 1 } } }] }, 'bytesValue'],
    [{ attributes: [{ key: 'a', value: { bytesValue: { type: 'Buffer', data: 1 } } }] }, 'bytesValue'],
  ])('refuses a point %j', (json, at) => {
    const outcome = decodeJson(jsonGaugeOf(json));
    expect(outcome).toMatchObject({ kind: 'invalid', at });
    expect(outcome).toMatchObject({ message: expect.stringContaining(at) });
  });

  it('refuses enums by name (C20)', () => {
    const sum = { aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE', dataPoints: [] };
    expect(decodeJson(jsonMetricOf({ sum }))).toMatchObject({
      kind: 'invalid',
      at: 'aggregationTemporality',
    });
  });

  it('refuses a metric of two kinds', () => {
    expect(decodeJson(jsonMetricOf({ gauge: {}, sum: {} }))).toMatchObject({ kind: 'invalid', at: 'sum' });
  });

  it.each<[point: Record<string, unknown>, at: string, message: string]>([
    [{ asInt: '0', asDouble: 1.5 }, 'asDouble', 'a point has more than one value'],
    [
      { attributes: [{ key: 'a', value: { intValue: 1, stringValue: 'b' } }] },
      'stringValue',
      'an attribute value is of more than one kind',
    ],
  ])('refuses to choose between values: %j', (json, at, message) => {
    expect(decodeJson(jsonGaugeOf(json))).toEqual({ kind: 'invalid', at, message });
  });

  it('takes a null for what is not there, among values too', () => {
    const value = { stringValue: null, intValue: null, boolValue: true };
    const body = jsonGaugeOf({ asInt: null, asDouble: 0.5, attributes: [{ key: 'a', value }] });
    expect(pointsIn(decodeJson(body))).toEqual([
      { ...point, value: 0.5, attributes: [{ key: 'a', value: true }] },
    ]);
  });

  it('refuses values that nest too deep for the stack', () => {
    const nested = `${'{"arrayValue":{"values":['.repeat(50_000)}{"intValue":1}${']}}'.repeat(50_000)}`;
    const body = JSON.stringify(jsonGaugeOf({ attributes: [{ key: 'a', value: 'HERE' }] })).replace(
      '"HERE"',
      nested,
    );
    expect(decodeJson(body)).toMatchObject({ kind: 'invalid', message: 'attribute values nest too deep' });
  });

  it('gives up a request that would grow in memory far beyond its size', () => {
    const body = `{"resourceMetrics":[${Array(100).fill('{}').join()}]}`;
    expect(decodeJson(body, 115).kind).toBe('decoded');
    expect(decodeJson(body, 114)).toMatchObject({
      kind: 'too_large',
      message: expect.stringContaining('114'),
    });
  });
});
