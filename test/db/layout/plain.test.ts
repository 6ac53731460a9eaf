import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { type Rollup, resolutions, rollupsOf } from '../../../src/catalog/rollup.ts';
import { applyLayout, readLayoutFaults } from '../../../src/db/layout/apply-layout.ts';
import { readLayout } from '../../../src/db/layout/layout.ts';
import { movePartition, partitionAt, readPartitions } from '../../../src/db/layout/partition.ts';
import { fillStatement, recomputeStatements } from '../../../src/db/layout/rollup-sql.ts';
import { rawTables } from '../../../src/db/layout/timed-table.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { grownCatalog, layoutOptions, migrateTo, migrateWhole, tenDays, withClient } from './support.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const server = rawTables(catalog).find(({ name }) => name === 'server');
function rollupNamed(name: string): Rollup {
  const found = rollupsOf(catalog).find((rollup) => rollup.name === name);
  if (found === undefined) throw new Error(`no rollup ${name}`);
  return found;
}

async function cells(client: Client, text: string): Promise<readonly unknown[]> {
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows.flat();
}

describe('a table that becomes partitioned', () => {
  it('keeps its rows, keys, indexes, comments, grants and triggers, and the views that read it', async () => {
    const url = await postgres.freshUrl('empty');
    await migrateTo(url, 1);
    const readerUrl = await postgres.roleUrl(url, 'grant select on telemetry.server to');
    const reader = /\/\/([^@]+)@/.exec(readerUrl)?.[1];
    await withClient(url, async (client) => {
      await client.query(tenDays);
      await client.query(
        `create view public.mine with (security_barrier = true) as select server_id, time from telemetry.server;
         create function public.keep() returns trigger language plpgsql as 'begin return new; end';
         create trigger keep before insert on telemetry.server for each row execute function keep();
         grant update (host_name) on telemetry.server to ${reader};
         create view public.of_mine as select count(*) as n from mine; comment on view mine is 'Mine.'`,
      );
      const around = `
        select pg_get_indexdef(i.indexrelid) from pg_index i where indrelid = 'telemetry.server'::regclass
        union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = 'telemetry.server'::regclass and contype = 'p'
        union all select obj_description('telemetry.server'::regclass)
        union all select col_description(attrelid, attnum) from pg_attribute where attrelid = 'telemetry.server'::regclass and attnum > 0
        union all select has_table_privilege('${reader}', 'telemetry.server', 'select')::text
        union all select has_column_privilege('${reader}', 'telemetry.server', 'host_name', 'update')::text
        union all select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'telemetry.server'::regclass
        union all select obj_description('mine'::regclass) union all select reloptions::text from pg_class where oid = 'mine'::regclass
        order by 1`;
      const before = await cells(client, around);
      await migrateWhole(url);
      const after = await cells(client, around);
      expect(after.map((text) => String(text).replace('ON ONLY', 'ON'))).toEqual(before.map(String));
      expect(before).toHaveLength(26);
      await client.query(`insert into telemetry.server (server_id, time) values ('other', now())`);
      expect(await cells(client, 'select n from of_mine')).toEqual(['121']);
      expect(await readLayoutFaults(client, catalog)).toEqual([]);
    });
  });

  it('has a partition for each day that it has rows of', async () => {
    const url = await postgres.freshUrl('empty');
    await migrateTo(url, 1);
    await withClient(url, async (client) => {
      await client.query(tenDays);
      await migrateWhole(url);
      if (server === undefined) throw new Error('no table');
      const partitions = await readPartitions(client, server);
      expect(partitions).toEqual(
        Array.from({ length: 11 }, (_, day) => ({
          ...partitionAt(server, new Date(Date.UTC(2026, 2, 10 + day))),
          qualified: `telemetry_data.server_p202603${10 + day}`,
        })),
      );
      expect(await cells(client, 'select count(*) from telemetry_data.server_default')).toEqual(['0']);
    });
  });

  it('has partitions of its newest days alone where those of all would take too many locks', async () => {
    const url = await postgres.freshUrl('empty');
    await migrateTo(url, 1);
    await withClient(url, async (client) => {
      await client.query(
        `insert into telemetry.server (server_id, time)
         select 'main', timestamptz '2026-03-20T12:00:00Z' - n * interval '1 day' from generate_series(0, 119) as n`,
      );
      await migrateWhole(url);
      if (server === undefined) throw new Error('no table');
      expect(await readPartitions(client, server)).toHaveLength(100);
      expect(await cells(client, 'select count(*) from telemetry_data.server_default')).toEqual(['20']);
      expect(await cells(client, 'select count(*) from telemetry.server')).toEqual(['120']);
    });
  });

  it('is left as it was where something depends on it that cannot be kept', async () => {
    const url = await postgres.freshUrl('empty');
    await migrateTo(url, 1);
    await withClient(url, async (client) => {
      await client.query(tenDays);
      await client.query('create materialized view public.mine as select * from telemetry.server');
      await expect(migrateWhole(url)).rejects.toThrow(
        /depend on them \(materialized view mine depends on table telemetry.server\): drop those, migrate/,
      );
      expect(await cells(client, 'select count(*) from telemetry.server')).toEqual(['120']);
      await client.query('drop materialized view mine');
      await migrateWhole(url);
      expect(await cells(client, 'select count(*) from telemetry.server')).toEqual(['120']);
    });
  });
});

describe('a database that is laid out', () => {
  it('is left alone the second time, by a role that may only look', async () => {
    const url = await postgres.freshUrl('migrated');
    const looking = await postgres.roleUrl(url, 'grant usage on schema telemetry to');
    await withClient(looking, async (client) => {
      expect(await applyLayout(client, layoutOptions())).toEqual([]);
    });
  });

  it('loses no row for which there is no partition, and moves it into one later', async () => {
    const url = await postgres.freshUrl('migrated');
    await withClient(url, async (client) => {
      await client.query(tenDays);
      if (server === undefined) throw new Error('no table');
      const day = partitionAt(server, new Date('2026-03-19T08:00:00Z'));
      await client.query(['begin', ...movePartition(server, day), 'commit'].join(';'));
      expect(await cells(client, `select count(*) from ${day.qualified}`)).toEqual(['12']);
      expect(await cells(client, 'select count(*) from telemetry.server')).toEqual(['120']);
    });
  });

  it('B94: says what somebody took away, and makes it again', async () => {
    const url = await postgres.freshUrl('migrated');
    await withClient(url, async (client) => {
      await client.query('drop view telemetry.server_3h; drop table telemetry_data.fleet_default');
      expect(await readLayoutFaults(client, catalog)).toEqual([
        'telemetry.fleet has no default partition',
        'telemetry.server_3h is missing',
      ]);
      expect(await applyLayout(client, layoutOptions())).toEqual(['fleet', 'server_3h']);
      expect(await readLayoutFaults(client, catalog)).toEqual([]);
    });
  });
});

describe('the views of rollups', () => {
  it('B40: show what was stored just now, and what is filled from where it is stored', async () => {
    const url = await postgres.freshUrl('migrated');
    await withClient(url, async (client) => {
      await client.query(tenDays);
      const all = 'select sum(samples), sum(containers_running_sum) from telemetry.server_';
      for (const resolution of resolutions)
        expect(await cells(client, all + resolution)).toEqual(['120', '7140']);
      const range = [new Date('2026-03-01'), new Date('2026-03-15')];
      for (const name of ['server_5m', 'server_1h', 'server_3h'])
        await client.query(fillStatement(rollupNamed(name)), range);
      await client.query(
        `insert into telemetry.rollup_state (relation, resolution, filled) values ('server', '5m', '2026-03-15'), ('server', '1h', '2026-03-15'), ('server', '3h', '2026-03-15')`,
      );
      for (const resolution of resolutions)
        expect(await cells(client, all + resolution)).toEqual(['120', '7140']);
      await client.query(`delete from telemetry.server where time < '2026-03-15'`);
      for (const resolution of resolutions)
        expect(await cells(client, all + resolution)).toEqual(['120', '7140']);
      for (const text of recomputeStatements(rollupNamed('server_5m'))) await client.query(text, range);
      expect(await cells(client, `${all}5m`)).toEqual(['67', '2211']);
    });
  });

  it('B97: every statement that fills a rollup fits what stores it', async () => {
    const url = await postgres.freshUrl('migrated');
    await withClient(url, async (client) => {
      const range = [new Date('2026-03-01'), new Date('2026-03-02')];
      for (const rollup of rollupsOf(catalog))
        for (const text of recomputeStatements(rollup))
          expect((await client.query(text, range)).rowCount).toBe(0);
    });
  });

  it('grow with the catalog', async () => {
    const url = await postgres.freshUrl('migrated');
    await withClient(url, async (client) => {
      await client.query(tenDays);
      await client.query(
        'alter table telemetry.server add column load double precision; update telemetry.server set load = 2.5',
      );
      expect(await applyLayout(client, layoutOptions(grownCatalog))).toEqual([
        'server_5m',
        'server_1h',
        'server_3h',
        'server_5m',
        'server_1h',
        'server_3h',
      ]);
      expect(await cells(client, 'select sum(load_sum) from telemetry.server_3h')).toEqual([300]);
      expect(await applyLayout(client, layoutOptions(grownCatalog))).toEqual([]);
      // An older version finds more than it knows of, and leaves it.
      expect(await applyLayout(client, layoutOptions())).toEqual([]);
      expect(await readLayout(client)).toEqual({ pieces: 'partitions', rollups: 'tables' });
    });
  });
});
