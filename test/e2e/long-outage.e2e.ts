import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { eventually } from './support/eventually.ts';
import { type LoadProcess, startLoad } from './support/load-process.ts';
import {
  type DatabaseScene,
  residentMebibytes,
  startDatabase,
  startWriter,
  type WriterProcess,
} from './support/writer-scene.ts';

/** An hour of snapshots at the default interval of ten seconds, sped up two hundred times. */
const snapshots = 360;
const intervalMs = 50;
const warmUp = 60;

const releasers = new Releasers();
let database: DatabaseScene;
let writer: WriterProcess;
let exporter: LoadProcess;

beforeAll(async () => {
  database = await startDatabase(releasers);
  writer = await startWriter({ databaseUrl: database.postgres.connectionString, folder: database.folder });
  releasers.add('writer', () => writer.stop());
  exporter = await startLoad({ endpoint: writer.url, folder: database.folder, intervalMs });
  releasers.add('exporter', () => exporter.stop());
});
afterAll(() => releasers.close());

const kept = (count: number) =>
  eventually(`${count} snapshots`, async () => exporter.logged().kept.length >= count || undefined);

describe('a database that is away for as long as an hour of snapshots takes', () => {
  it('costs neither the writer nor the exporter memory, and no row', async () => {
    await kept(warmUp);
    const memory = () => Promise.all([writer.residentMebibytes(), residentMebibytes(exporter.pid())]);
    const before = await memory();
    await database.postgres.halt();
    const most = [...before];
    const measured = async () => {
      for (const [index, mebibytes] of (await memory()).entries())
        most[index] = Math.max(most[index] ?? 0, mebibytes);
      return exporter.logged().kept.length >= warmUp + snapshots || undefined;
    };
    await eventually('an hour of snapshots', measured, 400_000);
    // Three megabytes of points a second: kept in memory as they are read, they would be far more than that.
    for (const [index, mebibytes] of before.entries())
      expect((most[index] ?? 0) - mebibytes).toBeLessThan(150);
    await database.postgres.restart();
    await exporter.drain();
    expect(exporter.judge(await database.storedRows())).toEqual([]);
  });
});
