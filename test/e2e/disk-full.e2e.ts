import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { eventually } from './support/eventually.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { startLoad } from './support/load-process.ts';
import { freePort } from './support/port.ts';
import { succeed } from './support/program.ts';
import { fillDisk, makeSmallDisk } from './support/small-disk.ts';
import { type DatabaseScene, startDatabase, startWriter } from './support/writer-scene.ts';

/** A server that had no room to recover in has ended: whoever runs one starts it again. */
async function untilBack({ postgres, pool }: DatabaseScene): Promise<void> {
  let hasEnded = false;
  void postgres.exited().then(() => {
    hasEnded = true;
  });
  await eventually('the database answers', async () => {
    if (await pool.query('select').catch(() => undefined)) return true;
    if (hasEnded) await postgres.restart();
    return undefined;
  });
}

describe('a database whose disk is full', () => {
  it.each([
    { what: 'for everything, the log that it recovers from too', wholeDisk: true },
    { what: 'for tables', wholeDisk: false },
  ])('loses nothing and stores nothing twice, $what', async ({ wholeDisk }) => {
    const releasers = new Releasers();
    try {
      const database = await startDatabase(releasers, wholeDisk ? { diskSize: '256m' } : {});
      const disk = wholeDisk ? database.postgres.folder : await makeSmallDisk('128m');
      if (wholeDisk) {
        // However long this takes, its log does not fill the disk by itself.
        for (const [name, size] of Object.entries({ min_wal_size: '32MB', max_wal_size: '64MB' }))
          await database.pool.query(`alter system set ${name} = '${size}'`);
        await database.pool.query('select pg_reload_conf()');
      } else {
        releasers.add('disk', () => removeFolder(disk));
        await succeed({ command: 'chown', args: ['postgres', disk] });
        await database.pool.query(`create tablespace small location '${disk}'`);
        await database.pool.query('alter role postgres set default_tablespace = small');
      }
      const { folder, postgres } = database;
      const writer = await startWriter({ databaseUrl: postgres.connectionString, folder });
      releasers.add('writer', () => writer.stop());
      const exporter = await startLoad({ endpoint: writer.url, folder });
      releasers.add('exporter', () => exporter.stop());
      const delivered = async () => (await database.storedRows().catch(() => [])).length > 0 || undefined;
      await eventually('the first rows are stored', delivered);
      const makeRoom = await fillDisk(disk);
      await exporter.line(/snapshots wait, .*database/);
      await writer.line(/the database takes no rows/);
      await postgres.line(/No space left on device/);
      await makeRoom();
      await untilBack(database);
      await writer.line(/the database takes rows again/);
      await exporter.drain();
      expect(exporter.judge(await database.storedRows())).toEqual([]);
      expect(exporter.logged().kept.length).toBeGreaterThan(10);
    } finally {
      await releasers.close();
    }
  });
});

describe('an exporter whose spool is on a full disk', () => {
  it('says so, lives on, and delivers all that it kept once there is room', async () => {
    const releasers = new Releasers();
    try {
      const database = await startDatabase(releasers);
      const { folder, postgres } = database;
      const writer = await startWriter({ databaseUrl: postgres.connectionString, folder });
      releasers.add('writer', () => writer.stop());
      await writer.kill9();
      const disk = await makeSmallDisk('16m');
      releasers.add('disk', () => removeFolder(disk));
      const exporter = await startLoad({ endpoint: writer.url, folder, spool: disk });
      releasers.add('exporter', () => exporter.stop());
      const kept = (count: number) =>
        eventually(`${count} snapshots`, async () => exporter.logged().kept.length >= count || undefined);
      await kept(5);
      const makeRoom = [await fillDisk(disk)];
      await exporter.line(/the disk is full: free some space; until then only the newest is kept, in memory/);
      const before = await eventually('none of those that are taken is kept', async () => {
        const logged = exporter.logged();
        await eventually(
          'more are taken',
          async () => exporter.logged().taken.length > logged.taken.length + 5 || undefined,
        );
        if (exporter.logged().kept.length === logged.kept.length) return logged.kept.length;
        // One that there was no room for gives back what it had of it.
        makeRoom.push(await fillDisk(disk));
        return undefined;
      });
      for (const make of makeRoom) await make();
      await exporter.line(/snapshots can be spooled again/);
      await kept(before + 5);
      await writer.restart();
      await exporter.drain();
      expect(exporter.judge(await database.storedRows())).toEqual([]);
    } finally {
      await releasers.close();
    }
  });
});

describe('a spool that is on a full disk from the start', () => {
  it('keeps no exporter from starting, which says so, and is used once there is room', async () => {
    const releasers = new Releasers();
    try {
      const folder = await makeFolder('full');
      releasers.add('folder', () => removeFolder(folder));
      const disk = await makeSmallDisk('16m');
      releasers.add('disk', () => removeFolder(disk));
      const makeRoom = await fillDisk(disk);
      const endpoint = `http://127.0.0.1:${await freePort()}`;
      const exporter = await startLoad({ endpoint, folder, spool: disk });
      releasers.add('exporter', () => exporter.stop());
      await exporter.line(/the disk is full: free some space; until then only the newest is kept, in memory/);
      expect(exporter.logged().kept).toEqual([]);
      await makeRoom();
      await exporter.line(/snapshots can be spooled again/);
      await eventually('some are kept', async () => exporter.logged().kept.length >= 5 || undefined);
    } finally {
      await releasers.close();
    }
  });
});

describe('a spool that cannot be opened', () => {
  it('is no reason to serve without one', async () => {
    const folder = await makeFolder('no-spool');
    try {
      const spool = join(folder, 'file');
      await writeFile(spool, '');
      const endpoint = `http://127.0.0.1:${await freePort()}`;
      await expect(startLoad({ endpoint, folder, spool })).rejects.toThrow(
        /the exporter under load becomes ready/,
      );
    } finally {
      await removeFolder(folder);
    }
  });
});
