import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { createRowStore } from '../../../src/db/rows/row-store.ts';
import { readRows } from '../../../src/db/rows/rows.ts';
import type { Row } from '../../../src/metric/row.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { at, containerRow } from '../../support/sample-row.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterAll(() => postgres.stop());
beforeEach(() => pool.query('truncate telemetry.container, telemetry.server'));

const signal = new AbortController().signal;
const store = (rows: readonly Row[]) => createRowStore(pool, { catalog }).store(rows, signal);
const stored = () => readRows(pool, 'container', { catalog, from: 0, to: Number.MAX_SAFE_INTEGER, signal });

function counts(inserted: number, completed: number, duplicates: number, refused: readonly unknown[] = []) {
  return { kind: 'stored', inserted, completed, duplicates, refused };
}

/** How often any row was inserted, changed or rewritten, as PostgreSQL itself counts it. */
async function writes(): Promise<unknown> {
  const { rows } = await pool.query(
    'select ctid::text, xmin::text, xmax::text from telemetry.container order by container_id',
  );
  return rows;
}

describe('storing rows', () => {
  it('counts what is new', async () => {
    expect(await store([containerRow('a'), containerRow('b')])).toEqual(counts(2, 0, 0));
  });

  it('stores nothing for nothing', async () => {
    expect(await store([])).toEqual(counts(0, 0, 0));
  });

  it('stores several tables at once', async () => {
    const server = { ...containerRow('x'), entity: 'server', identity: { 'ciris.server.id': 'main' } };
    expect(await store([containerRow('a'), server, containerRow('b')])).toEqual(counts(3, 0, 0));
  });

  it('B19: a repeat changes nothing, not even on disk', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => containerRow(`c${i}`, { values: { pids: i } }));
    await store(rows);
    const before = await writes();
    expect(await store(rows)).toEqual(counts(0, 0, 100));
    expect(await writes()).toEqual(before);
  });

  it('fills what a known row lacks and changes nothing else', async () => {
    await store([
      containerRow('a', { values: { pids: 1, cpuUsage: 0.5 }, info: { 'container.name': 'one' } }),
    ]);
    const more = containerRow('a', {
      start: at('2026-03-01T11:00:00Z'),
      values: { pids: 2, memoryUsage: 3 },
      states: { state: 'running' },
      info: { 'container.name': 'two', 'container.label.team': 'x' },
    });
    expect(await store([more])).toEqual(counts(0, 1, 0));
    expect(await stored()).toEqual([
      containerRow('a', {
        start: at('2026-03-01T11:00:00Z'),
        values: { pids: 1, cpuUsage: 0.5, memoryUsage: 3 },
        states: { state: 'running' },
        info: { 'container.name': 'one', 'container.label.team': 'x' },
      }),
    ]);
    expect(await store([more])).toEqual(counts(0, 0, 1));
  });

  it('does not take a different value for something new', async () => {
    await store([containerRow('a', { values: { pids: 1 } })]);
    expect(await store([containerRow('a', { values: { pids: 2 } })])).toEqual(counts(0, 0, 1));
    expect(await stored()).toEqual([containerRow('a', { values: { pids: 1 } })]);
  });

  it('tells new, completed and known rows of one batch apart', async () => {
    await store([
      containerRow('known', { values: { pids: 1 } }),
      containerRow('partly', { values: { pids: 1 } }),
    ]);
    const batch = [
      containerRow('new'),
      containerRow('known', { values: { pids: 1 } }),
      containerRow('partly', { values: { pids: 1, cpuUsage: 1 } }),
    ];
    expect(await store(batch)).toEqual(counts(1, 1, 1));
  });

  it('makes one row of the parts that a batch holds', async () => {
    const parts = [
      containerRow('a', { values: { pids: 1 } }),
      containerRow('a', { values: { cpuUsage: 2 } }),
      containerRow('a', { values: { pids: 3 } }),
    ];
    expect(await store(parts)).toEqual(counts(1, 1, 1));
    expect(await stored()).toEqual([containerRow('a', { values: { pids: 1, cpuUsage: 2 } })]);
    expect(await store(parts)).toEqual(counts(0, 0, 3));
  });

  it('counts parts truly when some of the rows were known', async () => {
    await store([containerRow('a', { values: { pids: 1 } })]);
    const parts = ['a', 'b'].flatMap((id) => [
      containerRow(id, { values: { pids: 1 } }),
      containerRow(id, { values: { cpuUsage: 2 } }),
    ]);
    expect(await store(parts)).toEqual(counts(1, 2, 1));
  });

  it('keeps 64-bit integers and microseconds exact', async () => {
    const rows = [
      containerRow('a', { values: { memoryUsage: 2n ** 63n - 1n, networkReceive: -(2n ** 63n) } }),
      containerRow('b', { time: at('2026-03-01T12:00:10.000001Z'), values: { memoryUsage: 2 ** 53 - 1 } }),
    ];
    await store(rows);
    expect(await stored()).toEqual([rows[1], rows[0]]);
  });

  it('cleans what text cannot hold', async () => {
    const odd = containerRow('a', {
      info: { 'container.name': 'a\0b', 'container.label.\0x': 'c\ud800d', 'container.label.ok': 'ü 🚀' },
    });
    expect(await store([odd, containerRow('b')])).toEqual(counts(2, 0, 0));
    const [first] = await stored();
    expect(first?.info).toEqual({
      'container.name': 'a\ufffdb',
      'container.label.\ufffdx': 'c\ufffdd',
      'container.label.ok': 'ü 🚀',
    });
    expect(await store([odd])).toEqual(counts(0, 0, 1));
  });

  it('B37: a value of any size is stored', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => containerRow(`c${i}`, { values: { cpuUsage: i } }));
    expect(await store([...rows, containerRow('wide', { values: { cpuUsage: 1200 } })])).toEqual(
      counts(51, 0, 0),
    );
  });

  it('B100: takes 20000 rows with the same number of parameters', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => containerRow(`c${i}`));
    expect(await store(rows)).toEqual(counts(20_000, 0, 0));
  });
});

describe('a row that can never be stored is refused by itself', () => {
  it.each<[what: string, row: Row, reason: RegExp]>([
    [
      'beyond 64 bits',
      containerRow('x', { values: { pids: 2n ** 63n } }),
      /pids: 9223372036854775808 does not fit/,
    ],
    [
      'of a large double',
      containerRow('x', { values: { pids: 1e19 } }),
      /pids: 10000000000000000000 does not fit/,
    ],
    ['not whole', containerRow('x', { values: { pids: 1.5 } }), /pids: 1.5 is no whole number/],
    ['not finite', containerRow('x', { values: { cpuUsage: Number.NaN } }), /cpuUsage: NaN is no figure/],
    [
      'too great to be summed',
      containerRow('x', { values: { cpuUsage: -1.1e290 } }),
      /cpuUsage: .* added up/,
    ],
    ['inexact as a double', containerRow('x', { values: { cpuUsage: 2n ** 60n } }), /cpuUsage: .* exactly/],
    ['unknown metric', containerRow('x', { values: { other: 1 } }), /other: no metric/],
    ['unknown state', containerRow('x', { states: { other: 'a' } }), /other: no state/],
    ['unknown info', containerRow('x', { info: { other: 'a' } }), /other: no info attribute/],
    ['unknown entity', { ...containerRow('x'), entity: 'other' }, /other is no entity/],
    [
      'entity of the moment',
      { ...containerRow('x'), entity: 'scrape' },
      /scrape is no entity that is stored/,
    ],
    [
      'missing identity',
      containerRow('x', { identity: { 'container.id': 'x' } }),
      /ciris.server.id is missing/,
    ],
    [
      'more identity',
      containerRow('x', { identity: { 'ciris.server.id': 'm', 'container.id': 'x', more: 'y' } }),
      /more than/,
    ],
    ['long identity', containerRow('ü'.repeat(1300)), /longer than 2500 bytes/],
    ['no time', containerRow('x', { time: 1.5 }), /1.5 is no time/],
    ['no start time', containerRow('x', { start: Number.NaN }), /NaN is no start time/],
  ])('%s', async (_what, bad, reason) => {
    const outcome = await store([containerRow('a'), bad, containerRow('b')]);
    expect(outcome).toEqual(counts(2, 0, 0, [{ row: bad, reason: expect.stringMatching(reason) }]));
  });

  it('an identity just short enough is stored', async () => {
    const long = Array.from({ length: 2490 }, (_, i) => String.fromCharCode(33 + ((i * 7919) % 94))).join('');
    expect(await store([containerRow(long)])).toEqual(counts(1, 0, 0));
  });
});

describe('B104: a row that the database refuses', () => {
  beforeAll(() =>
    pool.query(`
      create function telemetry.refuse() returns trigger language plpgsql as
        $$ begin raise exception 'made to fail' using errcode = tg_argv[0]; end $$;
      create trigger refuse before insert on telemetry.container for each row
        when (new.exit_code = 99) execute function telemetry.refuse('22003')`),
  );
  afterAll(() => pool.query('drop trigger refuse on telemetry.container; drop function telemetry.refuse'));

  it('is found among the others and left out alone', async () => {
    const rows = Array.from({ length: 41 }, (_, i) =>
      containerRow(`c${i}`, { values: { exitCode: i % 20 === 7 ? 99 : i } }),
    );
    const refused = [rows[7], rows[27]].map((row) => ({ row, reason: 'made to fail (22003)' }));
    const outcome = await store(rows);
    expect(outcome).toEqual(counts(39, 0, 0, expect.arrayContaining(refused)));
    expect(outcome.kind === 'stored' && outcome.refused.length).toBe(2);
    expect(await stored()).toHaveLength(39);
    expect(await store(rows)).toMatchObject({ inserted: 0, duplicates: 39 });
  });

  it('is refused with every part that it was made of', async () => {
    const parts = [
      containerRow('a', { values: { exitCode: 99 } }),
      containerRow('a', { values: { pids: 1 } }),
    ];
    const refused = parts.map((row) => ({ row, reason: 'made to fail (22003)' }));
    expect(await store([...parts, containerRow('b')])).toEqual(counts(1, 0, 0, refused));
  });
});
