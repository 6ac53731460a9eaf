import { describe, expect, it } from 'vitest';
import { dataIn, decodeProtobuf } from '../support/decoded.ts';
import {
  attribute,
  type Bytes,
  bytesOfDouble,
  bytesOfFixed64,
  double,
  fixed64,
  group,
  message,
  metricOf,
  number,
  requestOf,
  text,
  varint,
  zigzag,
} from '../support/proto-bytes.ts';

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

const times = [...fixed64(2, 1_772_366_000_000_000_001n), ...fixed64(3, 1_772_366_410_123_456_789n)];
const decodedTimes = {
  start: 1_772_366_000_000_000,
  startNanos: 1,
  time: 1_772_366_410_123_456,
  timeNanos: 789,
};
const pair = message(9, text(1, 'key'), message(2, text(1, 'value')));
const decodedPair = { attributes: [{ key: 'key', value: 'value' }] };

const histogramField = 9;
const exponentialField = 10;
const summaryField = 11;

const histogramsOf = (...points: readonly Bytes[]) => decodeProtobuf(metricOf(histogramField, ...points));
const exponentialsOf = (...points: readonly Bytes[]) => decodeProtobuf(metricOf(exponentialField, ...points));
const summariesOf = (...points: readonly Bytes[]) => decodeProtobuf(metricOf(summaryField, ...points));

describe('decoding histograms from protobuf', () => {
  it('reads every field (B79)', () => {
    const point = [
      ...times,
      ...fixed64(4, 3n),
      ...double(5, 4.5),
      ...message(6, bytesOfFixed64(1n), bytesOfFixed64(2n)),
      ...message(7, bytesOfDouble(0.25)),
      ...pair,
      ...number(10, 1),
      ...double(11, -1),
      ...double(12, 4),
    ];
    expect(dataIn(histogramsOf(point))).toEqual({
      kind: 'histogram',
      temporality: 'unspecified',
      points: [
        {
          ...decodedTimes,
          ...decodedPair,
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

  it('tells a sum of 0 from no sum', () => {
    expect(dataIn(histogramsOf([], [...double(5, 0), ...double(11, 0), ...double(12, 0)]))).toMatchObject({
      points: [histogram, { ...histogram, sum: 0, min: 0, max: 0 }],
    });
  });

  it.each<[how: string, counts: Bytes, bounds: Bytes]>([
    [
      'packed',
      message(6, bytesOfFixed64(1n), bytesOfFixed64(2n), bytesOfFixed64(3n)),
      message(7, bytesOfDouble(1), bytesOfDouble(2)),
    ],
    [
      'unpacked',
      [...fixed64(6, 1n), ...fixed64(6, 2n), ...fixed64(6, 3n)],
      [...double(7, 1), ...double(7, 2)],
    ],
    [
      'packed in parts and unpacked',
      [
        ...message(6, bytesOfFixed64(1n)),
        ...message(6),
        ...fixed64(6, 2n),
        ...message(6, bytesOfFixed64(3n)),
      ],
      [...double(7, 1), ...message(7, bytesOfDouble(2))],
    ],
  ])('reads lists that are %s', (_how, counts, bounds) => {
    expect(dataIn(histogramsOf([...counts, ...bounds]))).toMatchObject({
      points: [{ counts: [1, 2, 3], bounds: [1, 2] }],
    });
  });

  it('reads counts up to 2^64 - 1 (B81)', () => {
    const wanted = [2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
    const point = [...fixed64(4, 2n ** 64n - 1n), ...wanted.flatMap((count) => fixed64(6, BigInt(count)))];
    expect(dataIn(histogramsOf(point))).toMatchObject({
      points: [{ count: 2n ** 64n - 1n, counts: wanted }],
    });
  });

  it.each([
    [1, 'delta'],
    [2, 'cumulative'],
    [3, 'unspecified'],
  ])('reads the temporality %d (C29)', (code, temporality) => {
    const bytes = requestOf(message(2, message(histogramField, number(2, code), message(1))));
    expect(dataIn(decodeProtobuf(bytes))).toEqual({ kind: 'histogram', temporality, points: [histogram] });
  });

  it('passes over exemplars and what is not known (C24)', () => {
    const unknown = [
      ...message(8, fixed64(2, 5n), double(3, 1)),
      ...number(6, 3),
      ...group(7, double(7, 1)),
      ...number(60, 1),
    ];
    expect(dataIn(histogramsOf([...unknown, ...fixed64(4, 2n), ...unknown]))).toMatchObject({
      points: [{ ...histogram, count: 2 }],
    });
  });

  it('refuses a packed list that ends within a number', () => {
    const bytes = [...bytesOfFixed64(1n), 0, 0, 0];
    for (const field of [6, 7])
      expect(histogramsOf([...message(field, bytes), ...number(60, 2n ** 60n)])).toMatchObject({
        kind: 'invalid',
        message: 'a field runs past the end of its message',
      });
  });
});

describe('decoding exponential histograms from protobuf', () => {
  it('reads every field (B79)', () => {
    const point = [
      ...message(1, text(1, 'key'), message(2, text(1, 'value'))),
      ...times,
      ...fixed64(4, 10n),
      ...double(5, 4.5),
      ...zigzag(6, -3),
      ...fixed64(7, 2n),
      ...message(8, zigzag(1, -5), message(2, varint(1), varint(300))),
      ...message(9, zigzag(1, 7), message(2, varint(4))),
      ...number(10, 1),
      ...double(12, -1),
      ...double(13, 4),
      ...double(14, 0.001),
    ];
    expect(dataIn(exponentialsOf(point))).toEqual({
      kind: 'exponentialHistogram',
      temporality: 'unspecified',
      points: [
        {
          ...decodedTimes,
          ...decodedPair,
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

  it.each([0, 1, -1, 20, -10, 2 ** 31 - 1, -(2 ** 31)])('reads the scale and offset %d', (value) => {
    const point = [...zigzag(6, value), ...message(8, zigzag(1, value)), ...message(9, zigzag(1, value))];
    const buckets = { offset: value, counts: [] };
    expect(dataIn(exponentialsOf([], point))).toMatchObject({
      points: [exponential, { ...exponential, scale: value, positive: buckets, negative: buckets }],
    });
  });

  it('reads counts of buckets packed, unpacked and up to 2^64 - 1', () => {
    const large = [127, 128, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n];
    const packed = message(2, ...large.map(varint));
    const unpacked = large.flatMap((count) => number(2, count));
    expect(dataIn(exponentialsOf([...message(8, packed, unpacked), ...message(9, unpacked)]))).toMatchObject({
      points: [{ positive: { counts: [...large, ...large] }, negative: { counts: large } }],
    });
  });

  it('puts together buckets that come in parts, as protobuf wants it', () => {
    const point = [
      ...message(8, zigzag(1, 4), number(2, 1)),
      ...message(8, number(2, 2)),
      ...message(8, zigzag(1, 5)),
    ];
    expect(dataIn(exponentialsOf(point))).toMatchObject({
      points: [{ positive: { offset: 5, counts: [1, 2] } }],
    });
  });

  it('passes over exemplars and what is not known (C24)', () => {
    const unknown = [
      ...message(11, double(3, 1)),
      ...number(8, 3),
      ...group(9, number(2, 1)),
      ...text(61, 'x'),
    ];
    const buckets = message(8, group(2, number(2, 1)), double(2, 1), number(2, 6), message(1, [1]));
    expect(dataIn(exponentialsOf([...unknown, ...buckets, ...unknown]))).toMatchObject({
      points: [{ ...exponential, positive: { offset: 0, counts: [6] } }],
    });
  });
});

describe('decoding summaries from protobuf', () => {
  it('reads every field (B79)', () => {
    const point = [
      ...times,
      ...fixed64(4, 10n),
      ...double(5, 4.5),
      ...message(6, double(1, 0.5), double(2, 1.25)),
      ...message(6, double(2, 3), double(1, 1)),
      ...attribute('key', 'value'),
      ...number(8, 1),
    ];
    const quantiles = [
      { quantile: 0.5, value: 1.25 },
      { quantile: 1, value: 3 },
    ];
    expect(dataIn(summariesOf(point))).toEqual({
      kind: 'summary',
      points: [{ ...decodedTimes, ...decodedPair, flags: 1, count: 10, sum: 4.5, quantiles }],
    });
  });

  it('passes over what is not known (C24)', () => {
    const unknown = [...number(6, 3), ...group(6, double(1, 1)), ...text(61, 'x')];
    expect(dataIn(summariesOf([...unknown, ...message(6, unknown)]))).toMatchObject({
      points: [{ ...summary, quantiles: [{ quantile: 0, value: 0 }] }],
    });
  });
});

const everyKind: readonly (readonly [string, Uint8Array])[] = [
  [
    'a histogram',
    metricOf(histogramField, [
      ...times,
      ...message(6, bytesOfFixed64(1n), bytesOfFixed64(2n)),
      ...double(7, 1),
      ...pair,
    ]),
  ],
  [
    'an exponential histogram',
    metricOf(exponentialField, [
      ...times,
      ...message(8, zigzag(1, -300), message(2, varint(300), varint(2))),
    ]),
  ],
  ['a summary', metricOf(summaryField, [...times, ...message(6, double(1, 0.5), double(2, 1))])],
];

it.each(everyKind)('refuses %s cut short anywhere (C34)', (_what, bytes) => {
  for (let length = 1; length < bytes.length; length++)
    expect(decodeProtobuf(bytes.subarray(0, length)).kind).toBe('invalid');
});

describe('the limit of items', () => {
  const zeros = Array<number>(800).fill(0);

  it.each<[what: string, bytes: Uint8Array]>([
    ['packed counts of an exponential histogram', metricOf(exponentialField, message(8, message(2, zeros)))],
    ['unpacked ones', metricOf(exponentialField, message(9, ...zeros.map((zero) => number(2, zero))))],
    [
      'packed counts of a histogram',
      metricOf(histogramField, message(6, ...zeros.map(() => bytesOfFixed64(0n)))),
    ],
    [
      'unpacked ones of it',
      metricOf(
        histogramField,
        zeros.flatMap(() => fixed64(6, 0n)),
      ),
    ],
    ['its bounds', metricOf(histogramField, message(7, ...zeros.map(bytesOfDouble)))],
  ])('counts eight numbers of a list as an item: %s', (_what, bytes) => {
    // Resource, scope, metric and point are four more.
    expect(decodeProtobuf(bytes, 104).kind).toBe('decoded');
    expect(decodeProtobuf(bytes, 103)).toMatchObject({
      kind: 'too_large',
      message: expect.stringContaining('103'),
    });
  });

  it('counts quantiles', () => {
    const bytes = metricOf(summaryField, Array<Bytes>(100).fill(message(6)).flat());
    expect(decodeProtobuf(bytes, 104).kind).toBe('decoded');
    expect(decodeProtobuf(bytes, 103).kind).toBe('too_large');
  });
});
