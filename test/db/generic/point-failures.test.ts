import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPointStore } from '../../../src/db/generic/point-store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { noon, numberPoint, sampleSeries } from '../../support/sample-series.ts';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = postgres.pool(postgres.url);
});
afterEach(() =>
  pool.query(
    'drop function if exists telemetry.refuse cascade; drop sequence if exists telemetry.attempts; truncate telemetry.series, telemetry.number_point',
  ),
);
afterAll(() => postgres.stop());

const never = new AbortController().signal;
const points = Array.from({ length: 20 }, (_, host) =>
  numberPoint(sampleSeries({ host }), { value: host, time: noon + host }),
);
const away = (message: RegExp) => ({ kind: 'unavailable', message: expect.stringMatching(message) });
const all = { kind: 'stored', inserted: points.length, duplicates: 0, refused: [] };

interface Failing {
  /** Of the row that fails. */
  readonly condition?: string;
  readonly times?: number;
}

/** Makes inserts fail. The count is kept in a sequence, which no rollback takes back. */
async function failing(table: string, state: string, { condition = 'true', times = 1e9 }: Failing = {}) {
  await refuseWhen(table, state, `${condition} and nextval('telemetry.attempts') <= ${times}`, 'row');
}

async function refuseWhen(table: string, state: string, condition: string, each: 'row' | 'statement') {
  await pool.query(`
    create sequence telemetry.attempts;
    create function telemetry.refuse() returns trigger language plpgsql as $$
      begin
        if ${condition} then raise exception 'made to fail' using errcode = '${state}'; end if;
        return new;
      end $$;
    create trigger refuse before insert on telemetry.${table} for each ${each} execute function telemetry.refuse()`);
}

describe('a store of points that cannot store says so and loses nothing', () => {
  it('without tables', async () => {
    const store = createPointStore(postgres.pool(await postgres.freshUrl('empty')));
    expect(await store.store(points, never)).toEqual(away(/not migrated; run "ciris-telemetry migrate"/));
  });

  it('without a server', async () => {
    const store = createPointStore(postgres.pool('postgresql://nobody@127.0.0.1:1/none'));
    expect(await store.store(points, never)).toEqual(away(/ECONNREFUSED/));
  });

  it('behind a lock, and then works on', async () => {
    const holder = await pool.connect();
    await holder.query('begin; lock table telemetry.number_point');
    expect(await createPointStore(pool, { deadlineMs: 200 }).store(points, never)).toEqual(
      away(/did not answer in time/),
    );
    await holder.query('rollback');
    holder.release();
    expect(await createPointStore(pool).store(points, never)).toEqual(all);
  });

  it('when it is told to give up', async () => {
    expect(await createPointStore(pool).store(points, AbortSignal.abort())).toMatchObject({
      kind: 'unavailable',
    });
  });

  it('gets further at each attempt with more new series than time allows', async () => {
    const many = Array.from({ length: 6000 }, (_, host) => numberPoint(sampleSeries({ host })));
    await refuseWhen('series', '57P03', "nextval('telemetry.attempts') = 2", 'statement');
    const store = createPointStore(pool);
    expect(await store.store(many, never)).toEqual(away(/57P03/));
    const { rows } = await pool.query('select count(*)::int as n from telemetry.series');
    expect(rows).toEqual([{ n: 5000 }]);
    expect(await store.store(many, never)).toMatchObject({ inserted: 6000 });
  });
});

describe.each(['series', 'number_point'])('B104: by what the server says of %s', (table) => {
  it.each(['40P01', '40001'])('%s is tried again three times', async (state) => {
    await failing(table, state, { times: 3 });
    expect(await createPointStore(pool).store(points, never)).toEqual(all);
  });

  it.each(['53300', '53100', '57P03', '55P03', '25006'])('%s is left to the sender', async (state) => {
    await failing(table, state, { times: 1 });
    const store = createPointStore(pool);
    expect(await store.store(points, never)).toEqual(away(new RegExp(`made to fail \\(${state}\\)`)));
    expect(await store.store(points, never)).toEqual(all);
  });

  it.each(['22003', '23514', '54000'])('%s refuses the point', async (state) => {
    await failing(table, state);
    expect(await createPointStore(pool).store(points.slice(0, 1), never)).toEqual({
      kind: 'stored',
      inserted: 0,
      duplicates: 0,
      refused: [{ point: points[0], cause: 'refused_row', reason: `made to fail (${state})` }],
    });
  });
});

describe('a point that the database refuses', () => {
  it('B78: costs no other one', async () => {
    await failing('number_point', '23514', { condition: 'new.value_int in (3, 17)' });
    const outcome = await createPointStore(pool).store(points, never);
    expect(outcome).toMatchObject({ kind: 'stored', inserted: 18, duplicates: 0 });
    const refused = outcome.kind === 'stored' ? outcome.refused : [];
    expect(new Set(refused.map(({ point }) => point))).toEqual(new Set([points[3], points[17]]));
    const { rows } = await pool.query('select count(*)::int as n from telemetry.number_point');
    expect(rows).toEqual([{ n: 18 }]);
  });

  it('for its series costs the points of that series, and is tried again with the next batch', async () => {
    await failing('series', '23514', { condition: `new.attributes @> '{"host": 3}'`, times: 6 });
    const store = createPointStore(pool);
    expect(await store.store(points, never)).toMatchObject({
      inserted: 19,
      refused: [{ point: points[3], cause: 'refused_row' }],
    });
    await pool.query('drop trigger refuse on telemetry.series');
    expect(await store.store(points, never)).toMatchObject({ inserted: 1, duplicates: 19, refused: [] });
  });
});
