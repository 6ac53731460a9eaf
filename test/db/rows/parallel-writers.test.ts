import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import type { Row } from '../../../src/metric/row.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { containerRow } from '../../support/sample-row.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const signal = new AbortController().signal;
const writers = 8;
const rounds = 20;
const keys = 200;
/** Eight that wait for each other take their time on a busy machine. */
const patient = { size: 1, statementTimeoutMs: 60_000 };

/** The same numbers on every run, in an order that looks like none. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const ranked = items.map((item, index) => ({ item, rank: ((index + 1) * (seed * 2 + 7919)) % 10_007 }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

describe('B91: parallel writers with the same keys', () => {
  /** Each writer knows another part of every row. */
  const metrics = [
    'pids',
    'restarts',
    'exitCode',
    'oomKilled',
    'memoryUsage',
    'memoryLimit',
    'diskRead',
    'diskWrite',
  ];

  async function writeAll(rowsOf: (writer: number, round: number) => readonly Row[]) {
    const url = await postgres.freshUrl('migrated');
    const totals = { inserted: 0, completed: 0, duplicates: 0, refused: 0 };
    const pools = Array.from({ length: writers }, () => postgres.pool(url, patient));
    const write = async (writer: number): Promise<void> => {
      const pool = pools[writer];
      if (pool === undefined) throw new Error(`no writer ${writer}`);
      const store = createRowStore(pool, { catalog, deadlineMs: patient.statementTimeoutMs });
      for (let round = 0; round < rounds; round += 1) {
        const outcome = await store.store(rowsOf(writer, round), signal);
        if (outcome.kind !== 'stored') throw new Error(outcome.message);
        totals.inserted += outcome.inserted;
        totals.completed += outcome.completed;
        totals.duplicates += outcome.duplicates;
        totals.refused += outcome.refused.length;
      }
    };
    await Promise.all(pools.map((_, writer) => write(writer)));
    const [reader] = pools;
    if (reader === undefined) throw new Error('no pool');
    const always = { catalog, from: 0, to: Number.MAX_SAFE_INTEGER, signal };
    const stored = await readRows(reader, 'container', always);
    await Promise.all(pools.map((pool) => pool.query('select 1')));
    return { totals, stored };
  }

  const rowsOfRound = (round: number, parts: (key: number) => Partial<Row>): readonly Row[] =>
    Array.from({ length: keys }, (_, key) => containerRow(`c${key}`, { time: 1e15 + round, ...parts(key) }));

  it('store every row once and fail no batch', async () => {
    const { totals, stored } = await writeAll((writer, round) =>
      shuffled(
        rowsOfRound(round, (key) => ({ values: { pids: key } })),
        writer,
      ),
    );
    expect(totals).toEqual({
      inserted: keys * rounds,
      completed: 0,
      duplicates: keys * rounds * (writers - 1),
      refused: 0,
    });
    expect(stored).toHaveLength(keys * rounds);
  });

  it('put the parts of every row together', async () => {
    const { totals, stored } = await writeAll((writer, round) =>
      shuffled(
        rowsOfRound(round, (key) => ({ values: { [metrics[writer] ?? '']: key } })),
        writer,
      ),
    );
    expect(totals).toEqual({
      inserted: keys * rounds,
      completed: keys * rounds * (writers - 1),
      duplicates: 0,
      refused: 0,
    });
    const incomplete = stored.filter(({ values }) => Object.keys(values).length !== writers);
    expect(incomplete).toEqual([]);
  });
});
