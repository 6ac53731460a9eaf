import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce } from '../../../src/runtime/steps.ts';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import { plenty, requestIn } from '../support/decoded.ts';
import { encodeRequest, type OracleMetric, type OraclePoint } from '../support/oracle.ts';
import {
  attributes,
  attributesOf,
  finiteDouble,
  hrTime,
  key,
  pointBaseOf,
} from '../support/oracle-values.ts';

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

const metrics = fc.array(fc.oneof(metricOf('int', fc.maxSafeInteger()), metricOf('double', finiteDouble)), {
  maxLength: 5,
});

function expected(sent: readonly OracleMetric[], resource: OraclePoint['attributes']): unknown {
  const pointOf = ({ attributes: pairs, start = [0, 0], time, value }: OraclePoint) => ({
    ...pointBaseOf(pairs, start, time),
    value,
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
      expect(requestIn(atOnce(decodeMetrics(payload, plenty)))).toEqual(expected(sent, resource));
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
  const data = requestIn(atOnce(decodeMetrics(payload, plenty))).resources[0]?.scopes[0]?.metrics[0]?.data;
  expect(data).toMatchObject({ points: values.map((value) => ({ value })) });
});
