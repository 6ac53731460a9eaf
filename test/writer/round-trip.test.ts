import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../src/catalog/catalog.ts';
import { createFleetMeter } from '../../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../../src/export/observe.ts';
import { toPayload } from '../../src/export/otlp/payload.ts';
import type { AnyEntity, AnyMetric } from '../../src/metric/define.ts';
import { identityKey, type Row } from '../../src/metric/row.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createWriterCore } from '../../src/writer/core.ts';
import { arbitraryRow } from '../support/arbitrary-row.ts';
import { MemoryStore } from './support/memory-store.ts';
import { now, nowMicros } from './support/writer-rig.ts';

const clock = { now: () => now, monotonic: () => 0 };
const { signal } = new AbortController();

/** What a collector could have read: numbers, counts not below zero and begun before now, states that exist. */
function possibleRow(entity: AnyEntity): fc.Arbitrary<Row> {
  const metrics = new Map<string, AnyMetric>(Object.entries(entity.metrics));
  return fc
    .tuple(arbitraryRow(entity), fc.nat({ max: 7 }))
    .map(([{ start, values, ...row }, choice]): Row => {
      const figures = Object.entries(values).map(([key, value]): [string, number] => {
        const figure = typeof value === 'bigint' ? Number(BigInt.asIntN(50, value)) : value;
        return [key, metrics.get(key)?.kind === 'counter' ? Math.abs(figure) : figure + 0];
      });
      const states = Object.keys(row.states).map((key): [string, string] => {
        const metric = metrics.get(key);
        const known = metric?.kind === 'stateset' ? metric.states : [];
        return [key, known[choice % known.length] ?? ''];
      });
      const counts = figures.some(([key]) => metrics.get(key)?.kind === 'counter');
      const whole = {
        ...row,
        time: nowMicros,
        values: Object.fromEntries(figures),
        states: Object.fromEntries(states),
      };
      const hasBegun = start !== undefined && start > 0 && start <= nowMicros;
      return counts && hasBegun ? { ...whole, start } : whole;
    });
}

/** An entity without facts has no info metric, so a row of it with no figure at all makes no point. */
const makesPoints = (entity: AnyEntity) => (row: Row) =>
  Object.keys(entity.info).length > 0 ||
  Object.keys(row.values).length > 0 ||
  Object.keys(row.states).length > 0;

async function throughOtlp(rows: readonly Row[], encoding: 'protobuf' | 'json'): Promise<readonly Row[]> {
  const meter = createFleetMeter({ scope: { name: 'test' }, clock, logger: silentLogger });
  registerObservables(meter, storedEntities(catalog), () => rows);
  const { resourceMetrics } = await meter.collect();
  const payload = toPayload(resourceMetrics, encoding);
  const store = new MemoryStore();
  const core = createWriterCore({ catalog, store, clock, logger: silentLogger });
  if (payload !== undefined) {
    const outcome = await core.receive(payload, signal);
    expect(outcome).toMatchObject({ kind: 'stored', rejected: 0 });
    expect(outcome).not.toHaveProperty('message');
  }
  return store.rows;
}

const byKey = (rows: readonly Row[]) => new Map(rows.map((row) => [identityKey(row), row]));

describe.each(['protobuf', 'json'] as const)(
  'rows in = rows out, from instruments to the store, as %s',
  (encoding) => {
    it.each(storedEntities(catalog).map((entity) => [entity.name, entity] as const))(
      '%s',
      async (_name, entity) => {
        const rowSets = fc.uniqueArray(possibleRow(entity).filter(makesPoints(entity)), {
          selector: identityKey,
          maxLength: 8,
        });
        const property = fc.asyncProperty(rowSets, async (rows) => {
          expect(byKey(await throughOtlp(rows, encoding))).toEqual(byKey(rows));
        });
        await fc.assert(property, { numRuns: 40 });
      },
    );
  },
);
