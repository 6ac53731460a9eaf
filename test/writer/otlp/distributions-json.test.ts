import { describe, expect, it } from 'vitest';
import { dataIn, decodeJson, jsonMetricOf } from '../support/decoded.ts';

const blank = { attributes: [], start: 0, startNanos: 0, time: 0, timeNanos: 0, flags: 0, count: 0 };
const extremes = { sum: undefined, min: undefined, max: undefined };
const histogram = { ...blank, ...extremes, bounds: [], counts: [] };
const noBuckets = { offset: 0, counts: [] };
const exponential = {
  ...blank,
  ...extremes,
  scale: 0,
  zeroCount: 0,
  zeroThreshold: 0,
  positive: noBuckets,
  negative: noBuckets,
};
const summary = { ...blank, sum: 0, quantiles: [] };

const times = { startTimeUnixNano: '1772366000000000001', timeUnixNano: '1772366410123456789' };
const decodedTimes = {
  start: 1_772_366_000_000_000,
  startNanos: 1,
  time: 1_772_366_410_123_456,
  timeNanos: 789,
};
const attributes = [{ key: 'key', value: { stringValue: 'value' } }];
const decodedAttributes = [{ key: 'key', value: 'value' }];

type Kind = 'histogram' | 'exponentialHistogram' | 'summary';

const pointsOf = (kind: Kind, ...dataPoints: readonly unknown[]) =>
  decodeJson(jsonMetricOf({ [kind]: { dataPoints } }));

describe('decoding histograms from JSON', () => {
  it('reads every field (B79)', () => {
    const point = {
      ...times,
      attributes,
      flags: 1,
      count: '3',
      sum: 4.5,
      min: -1,
      max: 4,
      bucketCounts: ['1', 2],
      explicitBounds: [0.25],
      exemplars: [{ asDouble: 1 }],
    };
    const body = jsonMetricOf({ histogram: { aggregationTemporality: 1, dataPoints: [point] } });
    expect(dataIn(decodeJson(body))).toEqual({
      kind: 'histogram',
      temporality: 'delta',
      points: [
        {
          ...decodedTimes,
          attributes: decodedAttributes,
          flags: 1,
          count: 3,
          sum: 4.5,
          min: -1,
          max: 4,
          bounds: [0.25],
          counts: [1, 2],
        },
      ],
    });
  });

  it.each([
    ['"42"', 42],
    ['42', 42],
    ['-0', 0],
    ['"18446744073709551615"', 2n ** 64n - 1n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['"9223372036854775808"', 2n ** 63n],
    ['9007199254740993', 2n ** 53n + 1n],
  ])('reads the count %s, as a string or as a number (B17, B81, C21)', (written, value) => {
    const body = JSON.stringify(
      jsonMetricOf({ histogram: { dataPoints: [{ count: 'HERE', bucketCounts: ['HERE', 7] }] } }),
    ).replaceAll('"HERE"', written);
    expect(dataIn(decodeJson(body))).toMatchObject({ points: [{ count: value, counts: [value, 7] }] });
  });

  it('reads bounds and sums that are no finite numbers (C23)', () => {
    const point = { sum: 'NaN', explicitBounds: ['-Infinity', '0.5', 1, 'Infinity'] };
    expect(dataIn(pointsOf('histogram', point))).toMatchObject({
      points: [{ sum: Number.NaN, bounds: [Number.NEGATIVE_INFINITY, 0.5, 1, Number.POSITIVE_INFINITY] }],
    });
  });

  it('tells a sum of 0 from no sum', () => {
    expect(dataIn(pointsOf('histogram', {}, { sum: 0, min: 0, max: 0 }))).toMatchObject({
      points: [histogram, { ...histogram, sum: 0, min: 0, max: 0 }],
    });
  });
});

describe('decoding exponential histograms from JSON', () => {
  it('reads every field (B79)', () => {
    const point = {
      ...times,
      attributes,
      flags: '1',
      count: '10',
      sum: 4.5,
      min: -1,
      max: 4,
      scale: -3,
      zeroCount: '2',
      zeroThreshold: 0.001,
      positive: { offset: -5, bucketCounts: ['1', '300'] },
      negative: { offset: '7', bucketCounts: [4] },
    };
    const body = jsonMetricOf({ exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] } });
    expect(dataIn(decodeJson(body))).toEqual({
      kind: 'exponentialHistogram',
      temporality: 'cumulative',
      points: [
        {
          ...decodedTimes,
          attributes: decodedAttributes,
          flags: 1,
          count: 10,
          sum: 4.5,
          min: -1,
          max: 4,
          scale: -3,
          zeroCount: 2,
          zeroThreshold: 0.001,
          positive: { offset: -5, counts: [1, 300] },
          negative: { offset: 7, counts: [4] },
        },
      ],
    });
  });

  it.each([
    [2147483647, 2147483647],
    ['-2147483648', -2147483648],
    [-0, 0],
    ['-0', 0],
  ])('reads the scale %j, as a string or as a number', (scale, value) => {
    expect(dataIn(pointsOf('exponentialHistogram', { scale, positive: { offset: scale } }))).toMatchObject({
      points: [{ scale: value, positive: { offset: value, counts: [] } }],
    });
  });
});

describe('decoding summaries from JSON', () => {
  it('reads every field (B79)', () => {
    const point = {
      ...times,
      attributes,
      flags: 1,
      count: '10',
      sum: 4.5,
      quantileValues: [{ quantile: 0.5, value: 1.25 }, { quantile: '1', value: 'NaN' }, {}],
    };
    const quantiles = [
      { quantile: 0.5, value: 1.25 },
      { quantile: 1, value: Number.NaN },
      { quantile: 0, value: 0 },
    ];
    expect(dataIn(pointsOf('summary', point))).toEqual({
      kind: 'summary',
      points: [{ ...decodedTimes, attributes: decodedAttributes, flags: 1, count: 10, sum: 4.5, quantiles }],
    });
  });
});

const nulls = (...keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, null]));
const common = ['attributes', 'startTimeUnixNano', 'timeUnixNano', 'count', 'sum', 'flags'];

it.each<[kind: Kind, point: Record<string, unknown>, blank: unknown]>([
  ['histogram', nulls(...common, 'min', 'max', 'bucketCounts', 'explicitBounds', 'exemplars'), histogram],
  [
    'exponentialHistogram',
    nulls(...common, 'min', 'max', 'scale', 'zeroCount', 'zeroThreshold', 'positive', 'negative'),
    exponential,
  ],
  ['exponentialHistogram', { positive: nulls('offset', 'bucketCounts'), negative: {} }, exponential],
  ['summary', nulls(...common, 'quantileValues'), summary],
])('takes a null in a %s for what is not there', (kind, point, decoded) => {
  expect(dataIn(pointsOf(kind, point))).toMatchObject({ points: [decoded] });
  expect(dataIn(pointsOf(kind, { unheardOf: [point] }))).toMatchObject({ points: [decoded] });
});

it.each<[kind: Kind, point: Record<string, unknown>, at: string]>([
  ['histogram', { count: -1 }, 'count'],
  ['histogram', { count: '-1' }, 'count'],
  ['histogram', { count: 1.5 }, 'count'],
  ['histogram', { count: '18446744073709551616' }, 'count'],
  ['histogram', { count: true }, 'count'],
  ['histogram', { bucketCounts: 1 }, 'bucketCounts'],
  ['histogram', { bucketCounts: ['x'] }, 'bucketCounts'],
  ['histogram', { bucketCounts: [[1]] }, 'bucketCounts'],
  ['histogram', { explicitBounds: {} }, 'explicitBounds'],
  ['histogram', { explicitBounds: [null] }, 'explicitBounds'],
  ['histogram', { sum: true }, 'sum'],
  ['exponentialHistogram', { scale: 1.5 }, 'scale'],
  ['exponentialHistogram', { scale: 2 ** 31 }, 'scale'],
  ['exponentialHistogram', { scale: '1e3' }, 'scale'],
  ['exponentialHistogram', { positive: [] }, 'positive'],
  ['exponentialHistogram', { negative: { offset: {} } }, 'offset'],
  ['exponentialHistogram', { zeroThreshold: 'zero' }, 'zeroThreshold'],
  ['summary', { quantileValues: {} }, 'quantileValues'],
  ['summary', { quantileValues: [1] }, 'quantileValues'],
  ['summary', { quantileValues: [{ value: false }] }, 'value'],
])('refuses a %s with %j', (kind, point, at) => {
  expect(pointsOf(kind, point)).toMatchObject({
    kind: 'invalid',
    at,
    message: expect.stringContaining(at),
  });
});

it('gives up many counts in a small body', () => {
  const body = JSON.stringify(
    jsonMetricOf({ histogram: { dataPoints: [{ bucketCounts: Array(800).fill(0) }] } }),
  );
  // Six objects and five arrays, and a comma between two counts is an eighth of one.
  const items = 11 + 799 / 8;
  expect(decodeJson(body, Math.ceil(items)).kind).toBe('decoded');
  expect(decodeJson(body, Math.floor(items))).toMatchObject({
    kind: 'too_large',
    message: expect.stringContaining(String(Math.floor(items))),
  });
});
