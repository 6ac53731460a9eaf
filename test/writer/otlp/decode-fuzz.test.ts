import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { mutate, mutations } from '../support/mutation.ts';
import { encodeRequest, type OracleMetric } from '../support/oracle.ts';

const maxItems = 100_000;

const sent: readonly OracleMetric[] = (['gauge', 'counter'] as const).map((kind) => ({
  name: `a.${kind}`,
  unit: 's',
  kind,
  value: kind === 'gauge' ? 'double' : 'int',
  points: [1, 2].map((value) => ({
    attributes: { text: 'value', list: ['a', 1, true], number: 3, fraction: 0.5 },
    start: [1_772_366_000, 0],
    time: [1_772_366_410, 123_456_789],
    value,
  })),
}));

const protobuf = encodeRequest('protobuf', sent, { 'service.name': 'fuzzed' }).bytes;
const json = Buffer.from(encodeRequest('json', sent, { 'service.name': 'fuzzed' }).bytes);

const outcomes = ['decoded', 'invalid', 'too_large'];

function expectAnOutcome(encoding: 'protobuf' | 'json', bytes: Uint8Array): void {
  expect(outcomes).toContain(decodeMetrics({ encoding, bytes }, maxItems).kind);
}

it.each(['protobuf', 'json'] as const)('throws nothing for any bytes as %s', (encoding) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expectAnOutcome(encoding, bytes);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ['protobuf', protobuf],
  ['json', json],
] as const)('throws nothing for a mutated request as %s', (encoding, bytes) => {
  fc.assert(
    fc.property(mutations, (changes) => {
      expectAnOutcome(encoding, mutate(bytes, changes));
    }),
    { numRuns: 3000 },
  );
});

it.each([
  ['protobuf', protobuf],
  ['json', json],
] as const)('refuses a request as %s cut short anywhere', (encoding, bytes) => {
  for (let length = 1; length < bytes.length; length++) {
    const outcome = decodeMetrics({ encoding, bytes: bytes.subarray(0, length) }, maxItems);
    expect(outcome.kind).toBe('invalid');
  }
});

it('throws nothing for any JSON in the place of any field', () => {
  const fields: readonly string[] = [...new Set(json.toString().match(/"\w+":/g))];
  const pattern = (field: string) => new RegExp(`${field}("[^"]*"|[^,"{}\\[\\]]+)`);
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.json(), (field, value) => {
      const text = json.toString().replace(pattern(field), () => `${field}${value}`);
      expectAnOutcome('json', Buffer.from(text));
    }),
    { numRuns: 1000 },
  );
});
