import { describe, expect, it } from 'vitest';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { decodeProtobuf, metricsIn, pointsIn, requestIn } from '../support/decoded.ts';
import {
  attribute,
  type Bytes,
  double,
  fixed32,
  fixed64,
  gaugeOf,
  group,
  message,
  number,
  requestOf,
  text,
  varint,
} from '../support/proto-bytes.ts';

const point = {
  attributes: [],
  start: 0,
  startNanos: 0,
  time: 0,
  timeNanos: 0,
  value: undefined,
  flags: 0,
};

describe('decoding protobuf', () => {
  it('reads no bytes as an empty request (C8)', () => {
    expect(decodeProtobuf(new Uint8Array())).toEqual({ kind: 'decoded', request: { resources: [] } });
  });

  it('reads empty envelopes (C8)', () => {
    const scope = { scope: { name: '', version: '', attributes: [] }, schemaUrl: '', metrics: [] };
    expect(requestIn(decodeProtobuf(requestOf()))).toEqual({
      resources: [{ attributes: [], schemaUrl: '', scopes: [scope] }],
    });
  });

  it('reads resource, scope, metric and point', () => {
    const pair = (key: string, value: Bytes): Bytes[] => [text(1, key), message(2, value)];
    const bytes = message(
      1,
      message(1, message(1, ...pair('service.name', text(1, 'ciris')))),
      message(
        2,
        message(1, text(1, 'scope'), text(2, '1.2'), message(3, ...pair('a', number(2, 1)))),
        message(
          2,
          text(1, 'container.cpu.time'),
          text(2, 'Time.'),
          text(3, 's'),
          message(
            7,
            message(
              1,
              fixed64(2, 1_772_366_000_000_000_001n),
              fixed64(3, 1_772_366_410_123_456_789n),
              double(4, 1.5),
              attribute('cpu.mode', 'user'),
            ),
            number(2, 2),
            number(3, 1),
          ),
        ),
        text(3, 'urn:scope'),
      ),
      text(3, 'urn:resource'),
    );
    expect(requestIn(decodeProtobuf(Uint8Array.from(bytes)))).toEqual({
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
    [42n, 42],
    [-1n, -1],
    [2n ** 53n - 1n, 2 ** 53 - 1],
    [9_007_199_254_740_993n, 9_007_199_254_740_993n],
    [-(2n ** 63n), -(2n ** 63n)],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
  ])('keeps the integer %d exact (B81)', (sent, kept) => {
    expect(pointsIn(decodeProtobuf(gaugeOf(fixed64(6, sent))))).toEqual([{ ...point, value: kept }]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'reads the double %d',
    (value) => {
      expect(pointsIn(decodeProtobuf(gaugeOf(double(4, value))))).toEqual([{ ...point, value }]);
    },
  );

  it('takes the last of several values of a point', () => {
    expect(pointsIn(decodeProtobuf(gaugeOf([...double(4, 1), ...fixed64(6, 2n)])))).toEqual([
      { ...point, value: 2 },
    ]);
  });

  it('takes the last of several kinds of an attribute value', () => {
    const value = message(2, text(1, 'text'), message(5, message(1)), number(3, 7));
    expect(pointsIn(decodeProtobuf(gaugeOf(message(7, text(1, 'key'), value))))[0]?.attributes).toEqual([
      { key: 'key', value: 7 },
    ]);
  });

  it('puts together a scope and an attribute value that come in parts, as protobuf wants it', () => {
    const scope = [message(1, text(1, 'scope'), message(3, text(1, 'a'))), message(1, text(2, '1.2'))];
    const bytes = requestOf(...scope, message(1, message(3, text(1, 'b'))), message(2, message(5)));
    expect(requestIn(decodeProtobuf(bytes)).resources[0]?.scopes[0]?.scope).toEqual({
      name: 'scope',
      version: '1.2',
      attributes: [
        { key: 'a', value: undefined },
        { key: 'b', value: undefined },
      ],
    });
    const parts = message(7, text(1, 'key'), message(2, text(1, 'text')), message(2));
    expect(pointsIn(decodeProtobuf(gaugeOf(parts)))[0]?.attributes).toEqual([{ key: 'key', value: 'text' }]);
  });

  it('puts together data that come in parts, with what stands between them', () => {
    const first = message(1, double(4, 1));
    const second = message(1, double(4, 2));
    const parts = [
      message(7, first, number(2, 1)),
      text(1, 'a'),
      message(7),
      message(7, second, number(3, 1)),
    ];
    expect(metricsIn(decodeProtobuf(requestOf(message(2, ...parts, text(3, 's')), message(2))))).toEqual([
      {
        name: 'a',
        description: '',
        unit: 's',
        data: {
          kind: 'sum',
          temporality: 'delta',
          monotonic: true,
          points: [
            { ...point, value: 1 },
            { ...point, value: 2 },
          ],
        },
      },
      { name: '', description: '', unit: '', data: undefined },
    ]);
  });

  it.each([4, 6, 8, 13])(
    'remarks on points of a kind in field %d, which is not known (C10, B78)',
    (field) => {
      const point = message(1, fixed64(3, 5n), fixed64(4, 5n));
      const known = message(2, text(1, 'known'), message(5));
      const bytes = requestOf(known, message(2, text(1, 'strange'), message(field, point)));
      expect(requestIn(decodeProtobuf(bytes)).remark).toBe(
        `nothing of the metric "strange" is stored, for its kind is not known (field ${field})`,
      );
      const empty = requestOf(message(2, text(1, 'm'), message(12)));
      expect(requestIn(decodeProtobuf(empty)).remark).toBeUndefined();
    },
  );

  it('reads flags, also in more bytes than they need', () => {
    const wide = [...varint(8 * 8), 0x81, 0x80, 0x00];
    expect(pointsIn(decodeProtobuf(gaugeOf(number(8, 1), wide)))).toEqual([
      { ...point, flags: 1 },
      { ...point, flags: 1 },
    ]);
  });

  it.each([0, 1, 2, 3])('reads the temporality %d (C29)', (code) => {
    const names = ['unspecified', 'delta', 'cumulative', 'unspecified'];
    const [metric] = metricsIn(decodeProtobuf(requestOf(message(2, message(7, number(2, code))))));
    expect(metric?.data).toEqual({ kind: 'sum', temporality: names[code], monotonic: false, points: [] });
  });

  it('reads attribute values of every kind (C32)', () => {
    const values: readonly Bytes[] = [
      text(1, 'text'),
      number(2, 1),
      number(3, -5n),
      number(3, 9_007_199_254_740_993n),
      double(4, 0.5),
      message(5, message(1, text(1, 'a')), message(1, number(3, 7))),
      message(6, message(1, text(1, 'k'), message(2, text(1, 'v')))),
      message(7, [0, 255]),
      [],
    ];
    const attributes = values.flatMap((value) => message(7, text(1, 'key'), message(2, value)));
    expect(pointsIn(decodeProtobuf(gaugeOf(attributes)))[0]?.attributes.map(({ value }) => value)).toEqual([
      'text',
      true,
      -5,
      9_007_199_254_740_993n,
      0.5,
      ['a', 7],
      new Map([['k', 'v']]),
      Uint8Array.of(0, 255),
      undefined,
    ]);
  });

  it.each([Uint8Array, Buffer])('keeps bytes of a %o without the body they came in', (kind) => {
    const body = kind.from(gaugeOf(message(7, text(1, 'key'), message(2, message(7, [0, 255])))));
    const value = pointsIn(decodeProtobuf(body))[0]?.attributes[0]?.value;
    body.fill(1);
    expect(value).toStrictEqual(Uint8Array.of(0, 255));
    expect(value).toMatchObject({ buffer: { byteLength: 2 } });
  });

  it('keeps an attribute that comes twice, for the stages behind to choose (C31)', () => {
    const bytes = gaugeOf([...attribute('a', '1'), ...attribute('a', '2')]);
    expect(pointsIn(decodeProtobuf(bytes))[0]?.attributes).toEqual([
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ]);
  });

  it('tells attributes apart that look alike from behind', () => {
    const alike = ['source-1234567890123', 'Source-1234567890123', 'sourcE-1234567890123'];
    const points = alike.flatMap((value) => [
      attribute('a', value),
      attribute('b', value),
      attribute('a', value),
    ]);
    expect(pointsIn(decodeProtobuf(gaugeOf(...points))).map(({ attributes }) => attributes)).toEqual(
      alike.flatMap((value) => [[{ key: 'a', value }], [{ key: 'b', value }], [{ key: 'a', value }]]),
    );
  });

  it('reads many different attributes as often as they come', () => {
    const values = Array.from({ length: 3000 }, (_, index) => `value ${index % 1000}`);
    const bytes = gaugeOf(...values.map((value) => attribute('key', value)));
    expect(pointsIn(decodeProtobuf(bytes)).map(({ attributes }) => attributes)).toEqual(
      values.map((value) => [{ key: 'key', value }]),
    );
  });

  it('passes over unknown fields and known ones with a foreign wire type (C24)', () => {
    const unknown = [
      ...number(90, 2n ** 64n - 1n),
      ...fixed64(91, 1n),
      ...fixed32(92),
      ...text(93, 'new'),
      ...group(94, number(1, 1), group(2, text(3, 'x'))),
      ...number(7, 3),
      ...message(3, [1, 2, 3]),
    ];
    expect(pointsIn(decodeProtobuf(gaugeOf([...unknown, ...double(4, 2), ...unknown])))).toEqual([
      { ...point, value: 2 },
    ]);
  });

  it('cleans text that PostgreSQL cannot hold (C43)', () => {
    const bytes = gaugeOf([
      ...attribute('a', 'x\0y'),
      ...message(7, message(1, [0x62]), message(2, message(1, [0xff, 0x41]))),
    ]);
    expect(pointsIn(decodeProtobuf(bytes))[0]?.attributes).toEqual([
      { key: 'a', value: 'x\uFFFDy' },
      { key: 'b', value: '\uFFFDA' },
    ]);
  });
});

describe('decoding what is no protobuf', () => {
  const whole = gaugeOf([...fixed64(3, 1n), ...attribute('key', 'value'), ...double(4, 1)]);

  it('refuses every truncation that ends within a field (C34)', () => {
    const outcomes = Array.from(whole, (_, length) => decodeProtobuf(whole.subarray(0, length)).kind);
    expect(outcomes).toEqual(['decoded', ...outcomes.slice(1).map(() => 'invalid')]);
  });

  it.each<[what: string, bytes: Uint8Array, message: RegExp]>([
    ['a length beyond the body', Uint8Array.of(10, 5, 1), /longer than what is left/],
    [
      'a length of 2^32 and 1',
      Uint8Array.from([10, ...varint(2n ** 32n + 1n), 0]),
      /longer than what is left/,
    ],
    ['a length of 64 bits', Uint8Array.from([10, ...varint(2n ** 64n - 1n)]), /longer than what is left/],
    ['field number 0', Uint8Array.of(2, 0), /no valid tag/],
    ['a tag of 64 bits', Uint8Array.from(varint(2n ** 40n)), /no valid tag/],
    ['a varint that never ends', Uint8Array.from([8, ...Array(11).fill(0xff)]), /more than ten bytes/],
    ['a varint cut short', Uint8Array.of(8, 0x80), /cut short/],
    ['a fixed64 cut short', gaugeOf([25, 1, 2]), /cut short/],
    ['a double cut short', gaugeOf([33, 1, 2]), /cut short/],
    ['wire type 6', Uint8Array.of(0x0e), /unknown wire type/],
    ['a group that does not end', Uint8Array.of(0x0b), /cut short/],
    ['a group that did not begin', Uint8Array.of(0x0c), /did not begin/],
    ['a group that ends as another one', Uint8Array.of(0x0b, 0x14, 0x0c), /did not begin/],
    ['groups in groups in groups', Uint8Array.from(Array(100).fill(0x0b)), /groups nest too deep/],
    [
      'a field that runs past its message',
      Uint8Array.of(10, 2, 18, 4, 10, 2, 10, 0),
      /past the end of its message/,
    ],
    ['two kinds of data', requestOf(message(2, message(5), message(7))), /more than one kind of data/],
    ['JSON', Buffer.from('{"resourceMetrics":[]}'), /./],
  ])('refuses %s', (_what, bytes, expected) => {
    const outcome = decodeProtobuf(bytes);
    expect(outcome).toMatchObject({ kind: 'invalid', message: expect.stringMatching(expected) });
    expect(outcome).toMatchObject({ at: expect.stringMatching(/^byte \d+ of \d+$/) });
  });

  it('refuses values that nest too deep for the stack', () => {
    let value: Bytes = text(1, 'core');
    for (let depth = 0; depth < 200; depth++) value = message(5, message(1, value));
    const outcome = decodeProtobuf(gaugeOf(message(7, text(1, 'key'), message(2, value))));
    expect(outcome).toMatchObject({ kind: 'invalid', message: 'attribute values nest too deep' });
  });

  it('gives up a request that would grow in memory far beyond its size', () => {
    const bytes = gaugeOf(...Array<Bytes>(100).fill([]));
    expect(decodeProtobuf(bytes, 103).kind).toBe('decoded');
    expect(decodeProtobuf(bytes, 102)).toMatchObject({
      kind: 'too_large',
      message: expect.stringContaining('102'),
    });
  });

  it('gives way to others among metrics without points too', () => {
    const metric = Buffer.from(message(2, text(1, 'a')));
    const metrics = Buffer.alloc(metric.length * 200_000, metric);
    const bytes = Buffer.from(message(1, message(2, [...metrics])));
    expect([...decodeMetrics({ encoding: 'protobuf', bytes }, 1_000_000)]).toHaveLength(2);
  });
});
