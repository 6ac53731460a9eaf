import { describe, expect, it } from 'vitest';
import { decodeJsonLogs, decodeProtobufLogs, jsonLogOf, recordsIn, requestIn } from '../support/decoded.ts';
import {
  type Bytes,
  double,
  fixed32,
  fixed64,
  group,
  logOf,
  message,
  number,
  requestOf,
  text,
} from '../support/proto-bytes.ts';

const blank = {
  time: 0,
  timeNanos: 0,
  observedTime: 0,
  severityNumber: 0,
  severityText: '',
  eventName: '',
  body: undefined,
  attributes: [],
  traceId: '',
  spanId: '',
  flags: 0,
};

const whole = {
  resources: [
    {
      attributes: [{ key: 'service.name', value: 'ciris' }],
      schemaUrl: 'urn:resource',
      scopes: [
        {
          scope: { name: 'scope', version: '1.2', attributes: [{ key: 'a', value: true }] },
          schemaUrl: 'urn:scope',
          records: [
            {
              time: 1_772_366_410_123_456,
              timeNanos: 789,
              observedTime: 1_772_366_410_200_000,
              severityNumber: 9,
              severityText: 'INFO',
              eventName: 'ciris.telemetry.snapshot',
              body: new Map([['rows', 3]]),
              attributes: [{ key: 'key', value: 'value' }],
              traceId: '0102030405060708090a0b0c0d0e0fff',
              spanId: '0102030405060708',
              flags: 257,
            },
          ],
        },
      ],
    },
  ],
};

const spanId = [1, 2, 3, 4, 5, 6, 7, 8];
const traceId = [...spanId, 9, 10, 11, 12, 13, 14, 15, 255];

const pair = (key: string, value: Bytes): Bytes[] => [text(1, key), message(2, value)];

describe('decoding logs from protobuf', () => {
  const record = [
    ...fixed64(1, 1_772_366_410_123_456_789n),
    ...number(2, 9),
    ...text(3, 'INFO'),
    ...message(5, message(6, message(1, ...pair('rows', number(3, 3))))),
    ...message(6, ...pair('key', text(1, 'value'))),
    ...number(7, 4),
    ...fixed32(8, 257),
    ...message(9, traceId),
    ...message(10, spanId),
    ...fixed64(11, 1_772_366_410_200_000_001n),
    ...text(12, 'ciris.telemetry.snapshot'),
  ];
  const bytes = Uint8Array.from(
    message(
      1,
      message(1, message(1, ...pair('service.name', text(1, 'ciris')))),
      message(
        2,
        message(1, text(1, 'scope'), text(2, '1.2'), message(3, ...pair('a', number(2, 1)))),
        message(2, record),
        text(3, 'urn:scope'),
      ),
      text(3, 'urn:resource'),
    ),
  );

  it('reads resource, scope and record', () => {
    expect(requestIn(decodeProtobufLogs(bytes))).toEqual(whole);
  });

  it('reads no bytes and empty envelopes (C8)', () => {
    expect(requestIn(decodeProtobufLogs(new Uint8Array()))).toEqual({ resources: [] });
    expect(recordsIn(decodeProtobufLogs(requestOf()))).toEqual([]);
    expect(recordsIn(decodeProtobufLogs(logOf()))).toEqual([blank]);
  });

  it.each<[what: string, id: readonly number[]]>([
    ['empty', []],
    ['one byte short', traceId.slice(1)],
    ['one byte long', [...traceId, 1]],
    ['of zeros', traceId.map(() => 0)],
  ])('takes an id that is %s for none', (_what, id) => {
    const fields = [...message(9, id), ...message(10, id.slice(0, -8))];
    expect(recordsIn(decodeProtobufLogs(logOf(fields)))).toEqual([blank]);
  });

  it('passes over unknown fields and known ones with a foreign wire type (C24)', () => {
    const unknown = [
      ...number(90, 2n ** 64n - 1n),
      ...group(5, text(1, 'x')),
      ...number(8, 3),
      ...fixed32(2),
      ...double(9, 1),
      ...text(1, 'x'),
    ];
    expect(recordsIn(decodeProtobufLogs(logOf(unknown, text(12, 'event'), unknown)))).toEqual([
      { ...blank, eventName: 'event' },
    ]);
  });

  it('reads a severity that is not known as it is sent', () => {
    expect(recordsIn(decodeProtobufLogs(logOf(number(2, -1n))))).toEqual([{ ...blank, severityNumber: -1 }]);
  });

  it('cleans text that PostgreSQL cannot hold (C43)', () => {
    const fields = [...text(12, 'a\0b'), ...message(3, [0xff]), ...message(5, message(1, [0xff, 0x41]))];
    expect(recordsIn(decodeProtobufLogs(logOf(fields)))).toEqual([
      { ...blank, eventName: 'a\uFFFDb', severityText: '\uFFFD', body: '\uFFFDA' },
    ]);
  });

  it('refuses a record cut short anywhere (C34)', () => {
    for (let length = 1; length < bytes.length; length++)
      expect(decodeProtobufLogs(bytes.subarray(0, length)).kind).toBe('invalid');
  });

  it('refuses a body that nests too deep for the stack', () => {
    let value: Bytes = text(1, 'core');
    for (let depth = 0; depth < 200; depth++) value = message(5, message(1, value));
    expect(decodeProtobufLogs(logOf(message(5, value)))).toMatchObject({
      kind: 'invalid',
      message: 'attribute values nest too deep',
    });
  });

  it('gives up a request that would grow in memory far beyond its size', () => {
    const records = requestOf(...Array<Bytes>(100).fill(message(2)));
    expect(decodeProtobufLogs(records, 102).kind).toBe('decoded');
    expect(decodeProtobufLogs(records, 101).kind).toBe('too_large');
  });
});

describe('decoding logs from JSON', () => {
  it('reads resource, scope and record', () => {
    const record = {
      timeUnixNano: '1772366410123456789',
      observedTimeUnixNano: '1772366410200000001',
      severityNumber: 9,
      severityText: 'INFO',
      eventName: 'ciris.telemetry.snapshot',
      body: { kvlistValue: { values: [{ key: 'rows', value: { intValue: '3' } }] } },
      attributes: [{ key: 'key', value: { stringValue: 'value' } }],
      droppedAttributesCount: 4,
      traceId: '0102030405060708090A0B0C0D0E0FfF',
      spanId: '0102030405060708',
      flags: 257,
    };
    const body = {
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ciris' } }] },
          schemaUrl: 'urn:resource',
          scopeLogs: [
            {
              scope: {
                name: 'scope',
                version: '1.2',
                attributes: [{ key: 'a', value: { boolValue: true } }],
              },
              schemaUrl: 'urn:scope',
              logRecords: [record],
            },
          ],
        },
      ],
    };
    expect(requestIn(decodeJsonLogs(body))).toEqual(whole);
  });

  it.each(['{}', '{"resourceLogs":[]}', '{"resourceLogs":null}'])(
    'reads %s as an empty request (C8)',
    (body) => {
      expect(requestIn(decodeJsonLogs(body))).toEqual({ resources: [] });
    },
  );

  it('remarks that there is only another signal in it (C10)', () => {
    expect(requestIn(decodeJsonLogs({ resourceMetrics: [{}] }))).toEqual({
      resources: [],
      remark: 'nothing of the body is stored, for it has no "resourceLogs", but "resourceMetrics"',
    });
  });

  it('takes a null for what is not there, and passes over unknown keys (C19)', () => {
    const nulls = Object.fromEntries([...Object.keys(blank), 'timeUnixNano'].map((key) => [key, null]));
    expect(recordsIn(decodeJsonLogs(jsonLogOf(nulls)))).toEqual([blank]);
    expect(recordsIn(decodeJsonLogs(jsonLogOf({ trace_id: 1, body: {}, event: [nulls] })))).toEqual([blank]);
  });

  it.each([
    '',
    '0102030405060708090a0b0c0d0e0ff',
    '0102030405060708090a0b0c0d0e0fff0',
    '0102030405060708090a0b0c0d0e0ffg',
    'AQIDBAUGBwgJCgsMDQ4P/w==',
    '00000000000000000000000000000000',
  ])('takes %j for no id', (traceIdText) => {
    const record = { traceId: traceIdText, spanId: traceIdText.slice(16) };
    expect(recordsIn(decodeJsonLogs(jsonLogOf(record)))).toMatchObject([{ traceId: '' }]);
  });

  it.each<[record: Record<string, unknown>, at: string]>([
    [{ timeUnixNano: true }, 'timeUnixNano'],
    [{ observedTimeUnixNano: '-1' }, 'observedTimeUnixNano'],
    [{ severityNumber: '9' }, 'severityNumber'],
    [{ severityNumber: 'SEVERITY_NUMBER_INFO' }, 'severityNumber'],
    [{ severityText: 9 }, 'severityText'],
    [{ eventName: {} }, 'eventName'],
    [{ body: 'text' }, 'body'],
    [{ traceId: 1 }, 'traceId'],
    [{ spanId: [] }, 'spanId'],
    [{ flags: 2 ** 32 }, 'flags'],
    [{ attributes: 'a' }, 'attributes'],
  ])('refuses a record %j', (record, at) => {
    expect(decodeJsonLogs(jsonLogOf(record))).toMatchObject({
      kind: 'invalid',
      at,
      message: expect.stringContaining(at),
    });
  });
});
