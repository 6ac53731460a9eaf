import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../src/export/sender.ts';
import { atOnce } from '../../../src/runtime/steps.ts';
import { decodeLogs, decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { mutate, mutations } from '../support/mutation.ts';
import { encodeMessage } from '../support/otlp-schema.ts';

const maxItems = 100_000;

const attributes = [
  { key: 'text', value: { stringValue: 'value' } },
  { key: 'number', value: { intValue: '3' } },
  { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 0.5 }] } } },
  { key: 'map', value: { kvlistValue: { values: [{ key: 'bytes', value: { bytesValue: 'AP8=' } }] } } },
];
const point = {
  attributes,
  startTimeUnixNano: '1772366000000000001',
  timeUnixNano: '1772366410123456789',
  flags: 0,
};
const distribution = { ...point, count: '3', sum: 1.5, min: -1, max: 2 };
const buckets = { offset: -3, bucketCounts: ['1', '300'] };
const metrics = [
  { name: 'a.gauge', unit: 's', gauge: { dataPoints: [{ ...point, asDouble: 1.5 }] } },
  {
    name: 'a.sum',
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asInt: '7' }] },
  },
  {
    name: 'a.histogram',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [{ ...distribution, bucketCounts: ['1', '2'], explicitBounds: [0.5] }],
    },
  },
  {
    name: 'an.exponential.histogram',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          ...distribution,
          scale: 3,
          zeroCount: '1',
          zeroThreshold: 0.1,
          positive: buckets,
          negative: buckets,
        },
      ],
    },
  },
  {
    name: 'a.summary',
    summary: {
      dataPoints: [{ ...point, count: '3', sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }] }],
    },
  },
];
const record = {
  timeUnixNano: '1772366410123456789',
  observedTimeUnixNano: '1772366410123456789',
  severityNumber: 9,
  severityText: 'INFO',
  eventName: 'an.event',
  body: { stringValue: 'body' },
  attributes,
  flags: 1,
};
const resource = { attributes };
const scope = { name: 'scope', version: '1', attributes };
const requests = {
  MetricsRequest: { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] },
  LogsRequest: { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] },
};

describe.each([
  { name: 'MetricsRequest', decode: (sent: Payload) => atOnce(decodeMetrics(sent, maxItems)) },
  { name: 'LogsRequest', decode: (sent: Payload) => atOnce(decodeLogs(sent, maxItems)) },
] as const)('a $name', ({ name, decode }) => {
  const protobuf = encodeMessage(name, requests[name]);
  const json = Buffer.from(JSON.stringify(requests[name]));
  const bodies = [
    ['protobuf', protobuf],
    ['json', json],
  ] as const;

  function expectAnOutcome(encoding: 'protobuf' | 'json', bytes: Uint8Array): void {
    const { kind } = decode({ encoding, bytes });
    expect(['decoded', 'invalid', 'too_large']).toContain(kind);
  }

  it.each(bodies)('decodes as %s', (encoding, bytes) => {
    expect(decode({ encoding, bytes }).kind).toBe('decoded');
  });

  it.each(['protobuf', 'json'] as const)('throws nothing for any bytes as %s', (encoding) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectAnOutcome(encoding, bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(bodies)('throws nothing for a mutated request as %s', (encoding, bytes) => {
    fc.assert(
      fc.property(mutations, (changes) => {
        expectAnOutcome(encoding, mutate(bytes, changes));
      }),
      { numRuns: 1500 },
    );
  });

  it.each(bodies)('refuses a request as %s cut short anywhere (C34)', (encoding, bytes) => {
    for (let length = 1; length < bytes.length; length++)
      expect(decode({ encoding, bytes: bytes.subarray(0, length) }).kind).toBe('invalid');
  });

  it('throws nothing for any JSON in the place of any field', () => {
    const fields: readonly string[] = [...new Set(json.toString().match(/"\w+":/g))];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.json(), (field, value) => {
        const text = json.toString().replaceAll(field, () => `${field}${value},"rest":`);
        expectAnOutcome('json', Buffer.from(text));
      }),
      { numRuns: 1000 },
    );
  });
});
