import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { plenty, requestIn } from '../support/decoded.ts';
import { encodeRequest, type OracleMetric, type OraclePoint } from '../support/oracle.ts';

const seconds = fc.integer({ min: 1, max: 9_000_000_000 });
const hrTime = fc.tuple(seconds, fc.integer({ min: 0, max: 999_999_999 }));
const key = fc.stringMatching(/^[a-z.]{1,12}$/);
const attributeValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noDefaultInfinity: true, noNaN: true, noInteger: true }),
  fc.array(fc.string(), { maxLength: 3 }),
);
const attributes = fc.dictionary(key, attributeValue, { maxKeys: 5, noNullPrototype: true });

const point = (value: fc.Arbitrary<number>): fc.Arbitrary<OraclePoint> =>
  fc.record({ attributes, start: hrTime, time: hrTime, value });

const metricOf = (kind: 'int' | 'double', value: fc.Arbitrary<number>): fc.Arbitrary<OracleMetric> =>
  fc.record({
    name: key,
    unit: fc.constantFrom('', 's', 'By', '{thing}'),
    kind: fc.constantFrom('gauge', 'counter', 'updowncounter', 'delta'),
    value: fc.constant(kind),
    points: fc.array(point(value), { maxLength: 6 }),
  });

const metrics = fc.array(
  fc.oneof(
    metricOf('int', fc.maxSafeInteger()),
    // Minus zero is not to be had in JSON.
    metricOf(
      'double',
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
    ),
  ),
  { maxLength: 5 },
);

const cleaned = (value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value;

const attributesOf = (pairs: OraclePoint['attributes']) =>
  Object.entries(pairs).map(([name, value]) => ({
    key: name,
    value: Array.isArray(value) ? value.map(cleaned) : cleaned(value),
  }));

const timeOf = ([whole, nanos]: readonly [number, number]) => whole * 1e6 + Math.floor(nanos / 1000);

function expected(sent: readonly OracleMetric[], resource: OraclePoint['attributes']): unknown {
  const pointOf = ({ attributes: pairs, start = [0, 0], time, value }: OraclePoint) => ({
    attributes: attributesOf(pairs),
    start: timeOf(start),
    startNanos: start[1] % 1000,
    time: timeOf(time),
    timeNanos: time[1] % 1000,
    value,
    flags: 0,
  });
  const dataOf = ({ kind, points }: OracleMetric) =>
    kind === 'gauge'
      ? { kind, points: points.map(pointOf) }
      : {
          kind: 'sum',
          temporality: kind === 'delta' ? 'delta' : 'cumulative',
          monotonic: kind !== 'updowncounter',
          points: points.map(pointOf),
        };
  const scope = { name: 'oracle', version: '1', attributes: [] };
  return {
    resources: [
      {
        attributes: attributesOf(resource),
        schemaUrl: '',
        scopes: [
          {
            scope,
            schemaUrl: '',
            metrics: sent.map((metric) => ({
              name: metric.name,
              description: `About ${metric.name}.`,
              unit: metric.unit,
              data: dataOf(metric),
            })),
          },
        ],
      },
    ],
  };
}

it.each(['protobuf', 'json'] as const)("reads what OpenTelemetry's own exporter writes as %s", (encoding) => {
  fc.assert(
    fc.property(metrics, attributes, (sent, resource) => {
      const payload = encodeRequest(encoding, sent, resource);
      expect(requestIn(decodeMetrics(payload, plenty))).toEqual(expected(sent, resource));
    }),
    { numRuns: 300 },
  );
});

it('reads infinite values and what is not a number from protobuf (C23)', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const points = values.map((value): OraclePoint => ({ attributes: {}, time: [1, 0], value }));
  const payload = encodeRequest('protobuf', [
    { name: 'a', unit: '', kind: 'gauge', value: 'double', points },
  ]);
  const data = requestIn(decodeMetrics(payload, plenty)).resources[0]?.scopes[0]?.metrics[0]?.data;
  expect(data).toMatchObject({ points: values.map((value) => ({ value })) });
});
