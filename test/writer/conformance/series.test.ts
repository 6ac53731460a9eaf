import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type ConformanceRig, type Json, openRig, partialIn } from '../support/conformance-rig.ts';
import { attributesOf, gaugeOf, nanos, requestOf, startNanos } from '../support/requests.ts';
import { wires } from '../support/writer-rig.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** So many seconds after the time of a writer under test. */
const later = (seconds: number): string => String(BigInt(nanos) + BigInt(seconds) * 1_000_000_000n);

const totalOf = (...dataPoints: readonly Json[]): Json => ({
  name: 'total',
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints },
});

async function cells(rig: ConformanceRig, text: string): Promise<readonly unknown[]> {
  const { rows } = await rig.pool.query({ text, rowMode: 'array' });
  return rows.flat();
}

const increase = (rig: ConformanceRig) =>
  cells(
    rig,
    "select trim_scale(increase)::text from telemetry.increase('total', '2026-03-01T12:00Z', '2026-03-01T12:10Z')",
  );

describe('the series of a metric', () => {
  it.each(wires)('have its name, and each its own unit and kind, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const point = { timeUnixNano: nanos, asInt: '1' };
    const sum = (isMonotonic: boolean): Json => ({
      name: 'm',
      unit: 's',
      sum: { aggregationTemporality: 2, isMonotonic, dataPoints: [point] },
    });
    const gauge = gaugeOf('m', point);
    const all = [
      gauge,
      { ...gauge, unit: 's' },
      { ...gauge, unit: 'ms', description: 'a' },
      sum(true),
      sum(false),
    ];
    const again = { ...gauge, unit: 'ms', description: 'b' };
    expect(partialIn(await rig.send(wire, requestOf(...all, again)))).toBeUndefined();
    const text =
      "select concat_ws(' ', name, kind, nullif(unit, ''), monotonic) from telemetry.numbers order by 1";
    expect(await cells(rig, text)).toEqual(['m gauge', 'm gauge ms', 'm gauge s', 'm sum s f', 'm sum s t']);
  });

  it.each(wires)(
    'are the same in whatever order they are described, as $encoding, gzip $gzip',
    async (wire) => {
      await using rig = await openRig(postgres);
      const pairs = { a: '1', b: 2n, c: [true, 'x'] };
      const from = (attributes: readonly Json[], more: Json): Json => ({
        resource: { attributes, ...more },
        scopeMetrics: [
          {
            scope: { name: 'lib', attributes, ...more },
            metrics: [
              { ...gaugeOf('m', { timeUnixNano: nanos, asInt: '1', attributes }), metadata: more.metadata },
            ],
          },
        ],
      });
      const attributes = attributesOf(pairs);
      const resourceMetrics = [
        from(attributes, {}),
        from(attributes.toReversed(), { droppedAttributesCount: 7, metadata: attributes }),
      ];
      expect(partialIn(await rig.send(wire, { resourceMetrics }))).toBeUndefined();
      expect(rig.core.stats().generic).toMatchObject({ received: 2, inserted: 1, duplicates: 1 });
    },
  );

  it.each(wires)('may have integers now and doubles then, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const [first, second, third] = [0, 1, 2].map((seconds) => ({
      timeUnixNano: later(seconds),
      startTimeUnixNano: startNanos,
    }));
    const points = [
      { ...first, asInt: '5' },
      { ...second, asDouble: 7.5 },
      { ...third, asInt: '8' },
    ];
    expect(partialIn(await rig.send(wire, requestOf(totalOf(...points))))).toBeUndefined();
    expect(await cells(rig, 'select value from telemetry.numbers order by time')).toEqual([5, 7.5, 8]);
    expect(await increase(rig)).toEqual(['8']);
  });

  it.each<[what: string, starts: readonly [string, string], rise: string]>([
    ['is known', [startNanos, startNanos], '7'],
    ['is not known', ['0', '0'], '2'],
    ['is the time of its point', [later(0), later(2)], '2'],
    ['is later than its point', [later(2), later(3)], '2'],
    ['never comes', ['18446744073709551615', '18446744073709551615'], '2'],
    ['was between its points, for it began anew', [startNanos, later(1)], '12'],
  ])('rose by what is known of it where its start %s', async (_what, [first, second], rise) => {
    for (const wire of wires) {
      await using rig = await openRig(postgres);
      const points = [
        { timeUnixNano: later(0), startTimeUnixNano: first, asInt: '5' },
        { timeUnixNano: later(2), startTimeUnixNano: second, asInt: '7' },
      ];
      expect(partialIn(await rig.send(wire, requestOf(totalOf(...points))))).toBeUndefined();
      expect(await increase(rig)).toEqual([rise]);
    }
  });

  it.each(wires)('contradicts itself within a microsecond, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const at = (time: string, asInt: string): Json => ({ timeUnixNano: time, asInt });
    const points = [at(nanos, '5'), at(`${nanos.slice(0, -3)}001`, '5'), at(`${nanos.slice(0, -3)}999`, '6')];
    expect(partialIn(await rig.send(wire, requestOf(gaugeOf('m', ...points))))).toEqual({
      rejected: '1',
      errorMessage: expect.stringContaining('1 of "m": contradiction'),
    });
    expect(await cells(rig, 'select value from telemetry.numbers')).toEqual([5]);
  });

  it.each(wires)('of a summary has its quantiles as they came, as $encoding, gzip $gzip', async (wire) => {
    await using rig = await openRig(postgres);
    const quantileValues = [
      { quantile: 0.9, value: 3 },
      { quantile: 0.5, value: 'NaN' },
      { value: 1 },
      { quantile: 1, value: '-Infinity' },
    ];
    const summary = {
      name: 's',
      summary: { dataPoints: [{ timeUnixNano: nanos, count: '3', quantileValues }] },
    };
    expect(partialIn(await rig.send(wire, requestOf(summary)))).toBeUndefined();
    expect(await cells(rig, 'select quantiles, quantile_values from telemetry.summaries')).toEqual([
      [0.9, 0],
      [3, 1],
    ]);
  });
});
