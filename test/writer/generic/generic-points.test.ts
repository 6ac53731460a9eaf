import { describe, expect, it } from 'vitest';
import type { RejectionReason } from '../../../src/catalog/rejection-reasons.ts';
import { GenericPoints } from '../../../src/writer/generic/generic-points.ts';
import type { OtlpMetric } from '../../../src/writer/otlp/model.ts';
import { Rejections } from '../../../src/writer/rejections.ts';
import { noon } from '../../support/sample-series.ts';
import {
  aroundNoon,
  genericOfJson,
  genericOfMetrics,
  genericOfPayload,
  noonNanos,
} from '../support/generic-request.ts';

const at = { timeUnixNano: noonNanos };
const gauge = (...dataPoints: readonly unknown[]) => ({ name: 'level', unit: 'By', gauge: { dataPoints } });
const sum = (parts: object, ...dataPoints: readonly unknown[]) => ({
  name: 'jobs',
  sum: { aggregationTemporality: 2, isMonotonic: true, ...parts, dataPoints },
});
const histogram = (...dataPoints: readonly unknown[]) => ({
  name: 'size',
  histogram: { aggregationTemporality: 2, dataPoints },
});
const exponential = (...dataPoints: readonly unknown[]) => ({
  name: 'wait',
  exponentialHistogram: { aggregationTemporality: 1, dataPoints },
});
const summary = (...dataPoints: readonly unknown[]) => ({ name: 'pause', summary: { dataPoints } });

const attribute = (key: string, value: unknown) => ({ key, value });
const text = (key: string, stringValue: string) => attribute(key, { stringValue });

describe('GenericPoints takes points of every kind', () => {
  it('gauges, whose start says nothing (C30)', () => {
    const { points, rejections } = genericOfMetrics(
      gauge({ ...at, startTimeUnixNano: '1', asDouble: 0.5, attributes: [text('host', 'a')] }),
    );
    expect(rejections.points).toBe(0);
    expect(points.points).toEqual([
      {
        kind: 'number',
        series: {
          key: '{"host":"a"}',
          attributes: '{"host":"a"}',
          group: expect.objectContaining({
            name: 'level',
            kind: 'gauge',
            unit: 'By',
            temporality: undefined,
            monotonic: undefined,
          }),
        },
        time: noon,
        start: undefined,
        value: 0.5,
      },
    ]);
  });

  it('sums with their start and temporality, and without a start where there is none', () => {
    const { points } = genericOfMetrics(
      sum({ aggregationTemporality: 1 }, { ...at, startTimeUnixNano: `${noon - 5}000`, asInt: '3' }),
      sum({ isMonotonic: false }, { ...at, asInt: -3 }),
    );
    expect(points.points).toMatchObject([
      { start: noon - 5, value: 3, series: { group: { temporality: 'delta', monotonic: true } } },
      { start: undefined, value: -3, series: { group: { temporality: 'cumulative', monotonic: false } } },
    ]);
  });

  it('B79: histograms, exponential ones and summaries', () => {
    const { points, rejections } = genericOfMetrics(
      histogram({
        ...at,
        startTimeUnixNano: `${noon - 5}000`,
        count: '3',
        sum: 900,
        explicitBounds: [100, 500],
        bucketCounts: ['1', '2', '0'],
      }),
      exponential({
        ...at,
        count: 4,
        scale: -1,
        zeroCount: 1,
        zeroThreshold: 0.5,
        positive: { offset: -3, bucketCounts: [1, 2] },
        min: -1,
        max: 8,
      }),
      summary({
        ...at,
        count: 2,
        sum: 5,
        quantileValues: [
          { quantile: 0.5, value: 2 },
          { quantile: 0.8, value: 'Infinity' },
          { quantile: 0.9, value: 'NaN' },
          { quantile: 1 },
        ],
      }),
    );
    expect(rejections.message()).toBeUndefined();
    expect(points.points).toEqual([
      expect.objectContaining({
        kind: 'histogram',
        start: noon - 5,
        count: 3,
        sum: 900,
        min: undefined,
        bounds: [100, 500],
        counts: [1, 2, 0],
      }),
      expect.objectContaining({
        kind: 'exponentialHistogram',
        start: undefined,
        count: 4,
        sum: undefined,
        min: -1,
        max: 8,
        scale: -1,
        zeroCount: 1,
        zeroThreshold: 0.5,
        positive: { offset: -3, counts: [1, 2] },
        negative: { offset: 0, counts: [] },
      }),
      expect.objectContaining({
        kind: 'summary',
        count: 2,
        sum: 5,
        quantiles: [
          { quantile: 0.5, value: 2 },
          { quantile: 1, value: 0 },
        ],
      }),
    ]);
    expect(points.points.map(({ series }) => [series.group.kind, series.group.temporality])).toEqual([
      ['histogram', 'cumulative'],
      ['exponential_histogram', 'delta'],
      ['summary', undefined],
    ]);
  });

  it('histograms without buckets, and one bucket without bounds (C28)', () => {
    const { points, rejections } = genericOfMetrics(
      histogram({ ...at, count: 7 }, { timeUnixNano: `${noon + 1}000`, count: 7, bucketCounts: [7] }),
    );
    expect(rejections.points).toBe(0);
    expect(points.points).toMatchObject([{ counts: [] }, { counts: [7] }]);
  });

  it('histograms whose outer bounds are infinite (C28)', () => {
    const bounds = ['-Infinity', 0, 'Infinity'];
    const { points, rejections } = genericOfMetrics(
      histogram({ ...at, count: 3, explicitBounds: bounds, bucketCounts: [0, 2, 1, 0] }),
    );
    expect(rejections.points).toBe(0);
    expect(points.points).toMatchObject([{ bounds: [-Infinity, 0, Infinity], counts: [0, 2, 1, 0] }]);
  });

  it('histograms of nothing, which have no least and no greatest value whatever is said', () => {
    const nothing = { ...at, count: 0, sum: 0, min: 'Infinity', max: '-Infinity' };
    const { points, rejections } = genericOfMetrics(histogram(nothing), exponential(nothing));
    expect(rejections.points).toBe(0);
    expect(points.points).toMatchObject([
      { count: 0, sum: 0, min: undefined, max: undefined },
      { count: 0, sum: 0, min: undefined, max: undefined },
    ]);
  });

  it.each(['NaN', 'Infinity', '-Infinity'])(
    'B87: histograms of which a measurement was %s, without what is not finite of them',
    (strange) => {
      const totals = { ...at, count: 3, sum: strange, min: strange, max: strange };
      const { points, rejections } = genericOfMetrics(
        histogram({ ...totals, explicitBounds: [1], bucketCounts: [1, 2] }),
        exponential({ ...totals, min: 5, zeroCount: 1, positive: { bucketCounts: [2] } }),
      );
      expect(rejections.points).toBe(0);
      expect(points.points).toMatchObject([
        { count: 3, sum: undefined, min: undefined, max: undefined, counts: [1, 2] },
        { count: 3, sum: undefined, min: 5, max: undefined, zeroCount: 1 },
      ]);
    },
  );

  it('B87: histograms of which a measurement was no number, and so counts in no bucket', () => {
    const totals = { ...at, count: 4, sum: 'NaN' };
    const { points, rejections } = genericOfMetrics(
      histogram({ ...totals, explicitBounds: [1], bucketCounts: [1, 2] }),
      exponential({ ...totals, zeroCount: 1, positive: { bucketCounts: [2] } }),
    );
    expect(rejections.points).toBe(0);
    expect(points.points).toMatchObject([
      { count: 4, sum: undefined, counts: [1, 2] },
      { count: 4, sum: undefined, zeroCount: 1, positive: { counts: [2] } },
    ]);
  });

  it.each([-31, -10, 20, 31])('exponential histograms of the scale %s', (scale) => {
    const { points, rejections } = genericOfMetrics(
      exponential({ ...at, count: 2, scale, positive: { offset: -1, bucketCounts: [2] } }),
    );
    expect(rejections.points).toBe(0);
    expect(points.points).toMatchObject([{ scale, positive: { offset: -1, counts: [2] } }]);
  });

  it('minus zero as zero, which it does not contradict', () => {
    const minusZero = JSON.stringify({
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [gauge({ ...at, asDouble: 'ZERO' }, { ...at, asInt: 0 })] }] },
      ],
    }).replace('"ZERO"', '-0.0');
    const { points, rejections } = genericOfPayload({ encoding: 'json', bytes: Buffer.from(minusZero) });
    expect(rejections.points).toBe(0);
    expect(points.points).toMatchObject([{ value: 0 }, { value: 0 }]);
  });

  it('C27: nothing of a point that says it has no value', () => {
    const { points, rejections } = genericOfMetrics(
      gauge({ ...at, flags: 1 }),
      histogram({ ...at, flags: 1 }),
      summary({ ...at, flags: 1, count: 1, quantileValues: [{ quantile: 7 }] }),
    );
    expect(points.points).toEqual([]);
    expect(rejections.points).toBe(0);
  });

  it('nothing of a metric without a kind', () => {
    const { points, rejections } = genericOfMetrics({ name: 'empty' });
    expect([points.points.length, rejections.points]).toEqual([0, 0]);
  });
});

describe('GenericPoints rejects what can never be stored, and nothing beside it', () => {
  const buckets = { ...at, count: 3, explicitBounds: [1, 2], bucketCounts: [1, 1, 1] };
  const waits = { ...at, count: 3, zeroCount: 1, positive: { bucketCounts: [2] } };
  const uint64 = '18446744073709551615';
  const cases: readonly (readonly [string, RejectionReason, unknown])[] = [
    ['C25: a time that is missing', 'time_missing', gauge({ asInt: 1 })],
    ['C25: a time of zero', 'time_missing', histogram({ ...buckets, timeUnixNano: 0 })],
    ['C42: a time too old', 'time_too_old', gauge({ timeUnixNano: '1000', asInt: 1 })],
    [
      'C42: a time in the future',
      'time_in_future',
      summary({ timeUnixNano: `${noon * 2}000`, count: 1, sum: 1 }),
    ],
    ['C26: no value', 'value_missing', gauge({ ...at })],
    ['B87: no number', 'value_not_finite', gauge({ ...at, asDouble: 'NaN' })],
    ['B87: infinity', 'value_not_finite', sum({}, { ...at, asDouble: '-Infinity' })],
    ['a count below zero', 'value_negative', sum({}, { ...at, asInt: -1 })],
    [
      'a temporality of zero (C29)',
      'wrong_temporality',
      sum({ aggregationTemporality: 0 }, { ...at, asInt: 1 }),
    ],
    ['no temporality (C29)', 'wrong_temporality', { name: 'size', histogram: { dataPoints: [buckets] } }],
    ['no name', 'name_missing', { gauge: { dataPoints: [{ ...at, asInt: 1 }] } }],
    ['C28: too few counts', 'bad_histogram', histogram({ ...buckets, bucketCounts: [1, 2] })],
    ['C28: bounds without counts', 'bad_histogram', histogram({ ...buckets, bucketCounts: [] })],
    ['C28: bounds that do not rise', 'bad_histogram', histogram({ ...buckets, explicitBounds: [2, 2] })],
    [
      'C28: a bound that is no number',
      'bad_histogram',
      histogram({ ...buckets, explicitBounds: ['NaN', 2] }),
    ],
    ['C28: counts that are not the total', 'bad_histogram', histogram({ ...buckets, count: 4 })],
    ['a least value above the greatest', 'bad_histogram', histogram({ ...buckets, min: 2, max: 1 })],
    [
      'a count beyond 64 bits with a sign',
      'count_too_large',
      histogram({ ...buckets, count: uint64, bucketCounts: [uint64, 0, 0] }),
    ],
    ['exponential counts that are not the total', 'bad_histogram', exponential({ ...waits, count: 4 })],
    [
      'C28: more in buckets than the total, though something was no number',
      'bad_histogram',
      histogram({ ...buckets, count: 2, sum: 'NaN' }),
    ],
    [
      'C28: fewer in buckets than the total, though all were numbers',
      'bad_histogram',
      exponential({ ...waits, count: 4, sum: 7 }),
    ],
    ['a scale of no numbers there are', 'bad_histogram', exponential({ ...waits, scale: 32 })],
    ['a scale that tells nothing apart', 'bad_histogram', exponential({ ...waits, scale: -2147483648 })],
    ['a threshold below zero', 'bad_histogram', exponential({ ...waits, zeroThreshold: -1 })],
    ['a threshold that is infinite', 'bad_histogram', exponential({ ...waits, zeroThreshold: 'Infinity' })],
    ['an exponential count that is too large', 'count_too_large', exponential({ ...waits, count: uint64 })],
    ['a summary count that is too large', 'count_too_large', summary({ ...at, count: uint64, sum: 1 })],
    [
      'a quantile above 1',
      'bad_summary',
      summary({ ...at, count: 1, sum: 1, quantileValues: [{ quantile: 1.1, value: 1 }] }),
    ],
    [
      'a quantile that is no number',
      'bad_summary',
      summary({ ...at, count: 1, sum: 1, quantileValues: [{ quantile: 'NaN', value: 1 }] }),
    ],
  ];

  it.each(cases)('%s: %s', (_, reason, bad) => {
    const { points, rejections } = genericOfMetrics(bad, { ...gauge({ ...at, asInt: 1 }), name: 'good' });
    expect([...rejections.byReason()]).toEqual([[reason, 1]]);
    expect(points.points.map(({ series }) => series.group.name)).toEqual(['good']);
  });

  it('B78: one among a hundred, named in the message', () => {
    const many = Array.from({ length: 99 }, (_, host) => ({
      ...at,
      asInt: host,
      attributes: [text('host', `${host}`)],
    }));
    const { points, rejections } = genericOfMetrics(gauge(...many, { asInt: 1 }));
    expect(points.points).toHaveLength(99);
    expect(rejections.message()).toBe('points rejected: 1 (1 of "level": time_missing, the time is missing)');
  });

  it('a second value for the same series and time, wherever in the request it is', () => {
    const dataPoint = { ...at, asInt: 1, attributes: [text('a', '1'), text('b', '2')] };
    const turned = { ...at, attributes: [text('b', '2'), text('a', '1')] };
    const later = { ...turned, timeUnixNano: `${noon + 1}000`, asInt: 2 };
    const { points, rejections } = genericOfMetrics(
      gauge(dataPoint, { ...turned, asInt: 1 }, later),
      gauge({ ...turned, asInt: 9 }, { ...later, asInt: 9 }),
    );
    expect([...rejections.byReason()]).toEqual([['contradiction', 2]]);
    // The repeat goes on, to be counted as one by the store.
    expect(points.points.map((point) => 'value' in point && [point.time, point.value])).toEqual([
      [noon, 1],
      [noon, 1],
      [noon + 1, 2],
    ]);
    expect(new Set(points.points.map(({ series }) => series)).size).toBe(1);
  });

  it('exact counts beyond 2^53 are added up exactly', () => {
    const large = '9007199254740993';
    const fits = { ...buckets, count: '9007199254740995', bucketCounts: [large, 1, 1] };
    expect(genericOfMetrics(histogram(fits)).rejections.points).toBe(0);
    const off = { ...buckets, count: '9007199254740994', bucketCounts: [large, 1, 1] };
    expect([...genericOfMetrics(histogram(off)).rejections.byReason()]).toEqual([['bad_histogram', 1]]);
  });
});

describe('GenericPoints tells series apart', () => {
  const seriesOf = (...attributes: readonly unknown[]) =>
    genericOfMetrics(gauge({ ...at, asInt: 1, attributes })).points.points[0]?.series;

  it('not by the order of attributes', () => {
    const one = seriesOf(text('b', '1'), text('a', '2'), text('c', '3'));
    expect(one).toEqual(seriesOf(text('c', '3'), text('b', '1'), text('a', '2')));
    expect(one?.key).toBe('{"a":"2","b":"1","c":"3"}');
  });

  it('C31: by the last value of an attribute that came twice, which is counted', () => {
    const { points } = genericOfMetrics(
      gauge({ ...at, asInt: 1, attributes: [text('b', 'x'), text('a', '1'), text('a', '2')] }),
    );
    expect(points.points[0]?.series.attributes).toBe('{"a":"2","b":"x"}');
    expect(points.repeatedKeys).toBe(1);
  });

  it('C32: by values of every type, none of which is another', () => {
    const values = [
      { stringValue: '1' },
      { intValue: '1' },
      { doubleValue: 1.5 },
      { doubleValue: 'NaN' },
      { stringValue: 'NaN' },
      { boolValue: true },
      { stringValue: 'true' },
      { bytesValue: 'AQI=' },
      { stringValue: 'AQI=' },
      { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'x' }] } },
      { arrayValue: { values: [] } },
      { kvlistValue: { values: [text('k', 'v')] } },
      { kvlistValue: { values: [] } },
      { intValue: '9007199254740993' },
      {},
    ];
    const found = values.map((value) => seriesOf(attribute('a', value)));
    expect(found.map((series) => series?.attributes)).toEqual([
      '{"a":"1"}',
      '{"a":1}',
      '{"a":1.5}',
      '{"a":"NaN"}',
      '{"a":"NaN"}',
      '{"a":true}',
      '{"a":"true"}',
      '{"a":"AQI="}',
      '{"a":"AQI="}',
      '{"a":[1,"x"]}',
      '{"a":[]}',
      '{"a":{"k":"v"}}',
      '{"a":{}}',
      '{"a":9007199254740993}',
      '{"a":null}',
    ]);
    expect(new Set(found.map((series) => series?.key)).size).toBe(values.length);
  });

  it('not by the order within a list of keys and values', () => {
    const list = (...values: readonly unknown[]) => attribute('a', { kvlistValue: { values } });
    expect(seriesOf(list(text('x', '1'), text('y', '2')))).toEqual(
      seriesOf(list(text('y', '2'), text('x', '1'))),
    );
  });

  it('C33: by name, kind, unit, temporality, resource and scope, but not by description', () => {
    const base = {
      resource: { attributes: [text('service.name', 'a')] },
      schemaUrl: 'https://example.org/r',
      scopeMetrics: [
        {
          scope: { name: 's', version: '1', attributes: [text('k', 'v')] },
          schemaUrl: 'https://example.org/s',
          metrics: [{ name: 'm', unit: 'By', description: 'd', sum: sum({}, { ...at, asInt: 1 }).sum }],
        },
      ],
    };
    const [scopeMetrics] = base.scopeMetrics;
    const [metric] = scopeMetrics?.metrics ?? [];
    const withMetric = (parts: object) => ({
      ...base,
      scopeMetrics: [{ ...scopeMetrics, metrics: [{ ...metric, ...parts }] }],
    });
    const withScope = (parts: object) => ({
      ...base,
      scopeMetrics: [{ ...scopeMetrics, scope: { ...scopeMetrics?.scope, ...parts } }],
    });
    const groupOf = (resourceMetrics: unknown) =>
      genericOfJson({ resourceMetrics: [resourceMetrics] }).points.points[0]?.series.group;
    const others = [
      base,
      withMetric({ name: 'n' }),
      withMetric({ unit: 's' }),
      withMetric({ sum: sum({ aggregationTemporality: 1 }, { ...at, asInt: 1 }).sum }),
      withMetric({ sum: sum({ isMonotonic: false }, { ...at, asInt: 1 }).sum }),
      withMetric({ sum: undefined, gauge: gauge({ ...at, asInt: 1 }).gauge }),
      withScope({ name: 't' }),
      withScope({ version: '2' }),
      withScope({ attributes: [] }),
      { ...base, scopeMetrics: [{ ...scopeMetrics, schemaUrl: '' }] },
      { ...base, schemaUrl: '' },
      { ...base, resource: { attributes: [text('service.name', 'b')] } },
    ];
    expect(new Set(others.map((other) => groupOf(other)?.key)).size).toBe(others.length);
    expect(groupOf(withMetric({ description: 'e' }))?.key).toBe(groupOf(base)?.key);
    expect(groupOf(base)?.key).toHaveLength(44);
    expect(groupOf(base)).toMatchObject({
      description: 'd',
      resource: '{"service.name":"a"}',
      resourceSchemaUrl: 'https://example.org/r',
      scope: '{"name":"s","version":"1","schema_url":"https://example.org/s","attributes":{"k":"v"}}',
    });
  });
});

it('gives way to others among many metrics of few points or none, as among many points', () => {
  const points = new GenericPoints();
  const rejections = new Rejections();
  const scope = { scope: { name: '', version: '', attributes: [] }, schemaUrl: '', metrics: [] };
  const origin = { resource: { attributes: [], schemaUrl: '', scopes: [scope] }, scope };
  const number = { attributes: [], start: 0, startNanos: 0, time: noon, timeNanos: 0, value: 1, flags: 0 };
  const turnsOf = (count: number, metric: OtlpMetric): number =>
    Array.from({ length: count }, () => [...points.add(metric, origin, aroundNoon, rejections)]).flat()
      .length;
  const described = { name: 'level', description: '', unit: '' };
  expect(turnsOf(20_000, { ...described, data: { kind: 'gauge', points: [] } })).toBe(2);
  expect(turnsOf(10_000, { ...described, data: { kind: 'gauge', points: [number] } })).toBe(2);
  const many = Array.from({ length: 19_999 }, () => number);
  expect(turnsOf(1, { ...described, data: { kind: 'gauge', points: many } })).toBe(2);
});
