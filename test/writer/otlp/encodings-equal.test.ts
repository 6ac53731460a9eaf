import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce } from '../../../src/runtime/steps.ts';
import { decodeLogs, decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { plenty } from '../support/decoded.ts';
import { encodeMessage } from '../support/otlp-schema.ts';
import { logsRequest, metricsRequest, protobufForm } from '../support/random-requests.ts';

/** Ways to write the same JSON: OTLP takes 64-bit integers as text and as numbers, and nulls and unknown keys anywhere. */
const writings = fc.record({ bareIntegers: fc.boolean(), withNulls: fc.boolean(), upperCase: fc.boolean() });

interface Writing {
  readonly bareIntegers: boolean;
  readonly withNulls: boolean;
  readonly upperCase: boolean;
}

const integerKeys = /"(intValue|asInt|count|zeroCount|\w*UnixNano)":"(-?\d+)"/g;
const counts = /"bucketCounts":\[[^\]]*\]/g;
const ids = /"(traceId|spanId)":"\w*"/g;

function write(request: unknown, { bareIntegers, withNulls, upperCase }: Writing): Uint8Array {
  let text = JSON.stringify(request);
  if (upperCase) text = text.replace(ids, (pair) => pair.replace(/[0-9a-f]{4,}/, (id) => id.toUpperCase()));
  if (bareIntegers) {
    text = text.replace(integerKeys, '"$1":$2');
    text = text.replace(counts, (list) => `"bucketCounts"${list.slice(14).replaceAll('"', '')}`);
  }
  if (withNulls)
    text = text.replaceAll('{"attributes":[', '{"sum":null,"unheardOf":[null,{"a":1}],"attributes":[');
  return Buffer.from(text);
}

it('decodes the same metrics from protobuf and from JSON (C44)', () => {
  fc.assert(
    fc.property(metricsRequest, writings, (request, writing) => {
      const bytes = encodeMessage('MetricsRequest', protobufForm(request));
      const fromProtobuf = atOnce(decodeMetrics({ encoding: 'protobuf', bytes }, plenty));
      const fromJson = atOnce(decodeMetrics({ encoding: 'json', bytes: write(request, writing) }, plenty));
      expect(fromProtobuf.kind).toBe('decoded');
      expect(fromJson).toEqual(fromProtobuf);
    }),
    { numRuns: 500 },
  );
});

it('decodes the same logs from protobuf and from JSON (C22, C44)', () => {
  fc.assert(
    fc.property(logsRequest, writings, (request, writing) => {
      const bytes = encodeMessage('LogsRequest', protobufForm(request));
      const fromProtobuf = atOnce(decodeLogs({ encoding: 'protobuf', bytes }, plenty));
      const fromJson = atOnce(decodeLogs({ encoding: 'json', bytes: write(request, writing) }, plenty));
      expect(fromProtobuf.kind).toBe('decoded');
      expect(fromJson).toEqual(fromProtobuf);
    }),
    { numRuns: 500 },
  );
});
