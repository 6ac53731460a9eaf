import type { AnyValue } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce } from '../../../src/runtime/steps.ts';
import { decodeLogs } from '../../../src/writer/otlp/decode.ts';
import { plenty, requestIn } from '../support/decoded.ts';
import { encodeLogs, type OracleLogRecord } from '../support/oracle.ts';
import {
  attributes,
  attributesOf,
  cleaned,
  fraction,
  hrTime,
  key,
  microsOf,
} from '../support/oracle-values.ts';

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fraction,
  fc.uint8Array({ maxLength: 20 }),
);
const { body } = fc.letrec<{ body: AnyValue }>((tie) => ({
  body: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('body'), { maxLength: 4 }),
    fc.dictionary(key, tie('body'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** A value as the decoder gives it. */
function decodedValue(value: AnyValue): unknown {
  if (Array.isArray(value)) return value.map(decodedValue);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return cleaned(value);
  return new Map(Object.entries(value).map(([name, member]) => [name, decodedValue(member)]));
}

const resource = resourceFromAttributes({ 'service.name': 'oracle' });
const instrumentationScope = {
  name: 'oracle',
  version: '1',
  schemaUrl: 'urn:scope',
  attributes: { a: true },
};

const idOf = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => /[^0]/.test(id));

const record: fc.Arbitrary<OracleLogRecord> = fc.record(
  {
    resource: fc.constant(resource),
    instrumentationScope: fc.constant(instrumentationScope),
    hrTime,
    hrTimeObserved: hrTime,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: fc.string({ unit: 'binary', maxLength: 8 }),
    eventName: key,
    body,
    attributes,
    droppedAttributesCount: fc.nat({ max: 3 }),
    spanContext: fc.record({
      traceId: idOf(32),
      spanId: idOf(16),
      traceFlags: fc.nat({ max: 255 }),
    }),
  },
  {
    requiredKeys: [
      'resource',
      'instrumentationScope',
      'hrTime',
      'hrTimeObserved',
      'attributes',
      'droppedAttributesCount',
    ],
  },
);

function expected(sent: OracleLogRecord): unknown {
  return {
    time: microsOf(sent.hrTime),
    timeNanos: sent.hrTime[1] % 1000,
    observedTime: microsOf(sent.hrTimeObserved),
    severityNumber: sent.severityNumber ?? 0,
    severityText: cleaned(sent.severityText ?? ''),
    eventName: sent.eventName ?? '',
    body: decodedValue(sent.body),
    attributes: attributesOf(sent.attributes),
    traceId: sent.spanContext?.traceId ?? '',
    spanId: sent.spanContext?.spanId ?? '',
    flags: sent.spanContext?.traceFlags ?? 0,
  };
}

it.each(['protobuf', 'json'] as const)("reads OpenTelemetry's own log records as %s", (encoding) => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (sent) => {
      expect(requestIn(atOnce(decodeLogs(encodeLogs(encoding, sent), plenty)))).toEqual({
        resources: [
          {
            attributes: [{ key: 'service.name', value: 'oracle' }],
            schemaUrl: '',
            scopes: [
              {
                scope: { name: 'oracle', version: '1', attributes: [{ key: 'a', value: true }] },
                schemaUrl: 'urn:scope',
                records: sent.map(expected),
              },
            ],
          },
        ],
      });
    }),
    { numRuns: 300 },
  );
});
