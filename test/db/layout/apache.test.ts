import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { type Rollup, resolutions, rollupsOf } from '../../../src/catalog/rollup.ts';
import { applyLayout } from '../../../src/db/layout/apply-layout.ts';
import { readFeatures } from '../../../src/db/layout/features.ts';
import { readLayout } from '../../../src/db/layout/layout.ts';
import { fillStatement, recomputeStatements } from '../../../src/db/layout/rollup-sql.ts';
import { startTimescale, type TestTimescale } from '../../support/timescale.ts';
import { layoutOptions, migrateBare, tenDays } from './support.ts';

/** A database in WebAssembly takes its time on a busy machine. */
const patience = 90_000;

let timescale: TestTimescale;
let client: Client;

/** A database that an older version left with rows of ten days. */
async function open(): Promise<void> {
  timescale = await startTimescale();
  await migrateBare(timescale.url);
  client = new Client({ connectionString: timescale.url });
  await client.connect();
  await client.query(tenDays);
}

async function close(): Promise<void> {
  await client?.end();
  await timescale?.stop();
}

async function cells(text: string): Promise<readonly unknown[]> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows.flat();
}

const totals = (resolution: string): Promise<readonly unknown[]> =>
  cells(`select sum(samples), sum(containers_running_sum) from telemetry.server_${resolution}`);

describe('TimescaleDB under the Apache license', () => {
  beforeAll(open, patience);
  afterAll(close);

  it('has hypertables, and rollups that our own loop fills', async () => {
    const community = await readFeatures(client);
    if (community.timescale === undefined) throw new Error('no TimescaleDB');
    // That of npm has no other license, but what is done under it works under this one too.
    const features = { timescale: { ...community.timescale, license: 'apache' } } as const;
    expect(await applyLayout(client, { ...layoutOptions(), features })).toContain('server_5m');
    expect(await applyLayout(client, layoutOptions())).toEqual([]);
    expect(await readLayout(client)).toEqual({ pieces: 'hypertables', rollups: 'tables' });
    expect(await cells('select count(*) from timescaledb_information.continuous_aggregates')).toEqual(['0']);
    for (const rollup of rollupsOf(catalog).filter(({ table }) => table.name === 'server'))
      await expectFilled(rollup);
    for (const resolution of resolutions) expect(await totals(resolution)).toEqual(['120', '7140']);
  });

  async function expectFilled(rollup: Rollup): Promise<void> {
    const range = [new Date('2026-03-01'), new Date('2026-03-20')];
    await client.query(fillStatement(rollup), range);
    for (const text of recomputeStatements(rollup)) await client.query(text, range);
    await client.query(
      `insert into telemetry.rollup_state (relation, resolution, filled) values ('server', $1, $2)`,
      [rollup.resolution, range[1]],
    );
    expect(await cells(`select sum(samples) from telemetry_data.${rollup.name}`)).toEqual(['113']);
  }
});
