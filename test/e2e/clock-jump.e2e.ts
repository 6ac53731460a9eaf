import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { answers, eventually } from './support/eventually.ts';
import { type FakeClock, makeFakeClock } from './support/fake-clock.ts';
import { startLoad } from './support/load-process.ts';
import { containerRequest, postMetrics } from './support/otlp-request.ts';
import {
  type DatabaseScene,
  startDatabase,
  startWriter,
  type WriterProcess,
} from './support/writer-scene.ts';

const releasers = new Releasers();
let database: DatabaseScene;
let writersClock: FakeClock;
let writer: WriterProcess;

beforeAll(async () => {
  database = await startDatabase(releasers);
  const { folder, postgres } = database;
  writersClock = await makeFakeClock(folder, 'writers-clock');
  writer = await startWriter({ databaseUrl: postgres.connectionString, folder, env: writersClock.env });
  releasers.add('writer', () => writer.stop());
});
afterAll(() => releasers.close());

const hour = 3600;
const rowsByHand = async (id: string) =>
  (await database.storedRows()).filter(({ identity }) => identity['container.id'] === id);

describe('an exporter whose clock jumps', () => {
  it('delivers each snapshot with the time that it had, and is told of those that cannot be', async () => {
    const { folder } = database;
    const clock = await makeFakeClock(folder, 'exporters-clock');
    await using exporter = await startLoad({ endpoint: writer.url, folder, env: clock.env });
    const takenAt = async (offsetSeconds: number) => {
      const before = exporter.logged().kept.length;
      const jumped = Date.now();
      await clock.jumpTo(offsetSeconds);
      await eventually(`snapshots at ${offsetSeconds} s`, async () => {
        const sinceJump = exporter
          .logged()
          .kept.slice(before)
          .map((time) => time / 1000 - offsetSeconds * 1000 - jumped);
        // Some that were taken before it may have been kept after it.
        const near = sinceJump.filter((ms) => ms > -1000 && ms < Date.now() - jumped + 1000);
        return near.length >= 5 || undefined;
      });
    };
    for (const offset of [0, -hour, 40, -4 * 24 * hour, hour]) await takenAt(offset);
    await exporter.line(/took a snapshot but \d+ points: .*time_/);
    await takenAt(0);
    await exporter.drain();
    const stored = (await database.storedRows()).filter(
      ({ identity }) => identity['ciris.server.id'] !== 'by hand',
    );
    const faults = exporter.judge(stored);
    const ahead = new Set(exporter.logged().kept.filter((time) => time / 1000 > Date.now() + hour * 500));
    expect(ahead.size).toBeGreaterThanOrEqual(5);
    const rowsEach = stored.length / new Set(stored.map(({ time }) => time)).size;
    expect(faults).toHaveLength(ahead.size * rowsEach);
    for (const fault of faults) expect(fault).toMatch(/^lost: /);
  });
});

describe('a writer whose clock jumps', () => {
  it('takes what is not too far off, names the reason for the rest, and serves on', async () => {
    const timeMs = Date.now();
    // As any sender does, it tries again where the database was too slow for it.
    const post = (id: string) =>
      eventually(`${id} is answered`, async () => {
        const response = await postMetrics(writer.url, containerRequest([{ id, timeMs }]));
        const body: unknown = await response.json();
        return response.status === 503 ? undefined : { status: response.status, body };
      });
    for (const offset of [0, 4 * 24 * hour, -240]) {
      await writersClock.jumpTo(offset);
      expect(await post(`clock ${offset}`)).toEqual({ status: 200, body: {} });
    }
    for (const [offset, reason] of [
      [8 * 24 * hour, 'time_too_old'],
      [-hour, 'time_in_future'],
    ] as const) {
      await writersClock.jumpTo(offset);
      expect(await post('off')).toEqual({
        status: 200,
        body: { partialSuccess: { rejectedDataPoints: '1', errorMessage: expect.stringContaining(reason) } },
      });
      await answers(`${writer.url}/readyz`);
    }
    await writersClock.jumpTo(0);
    expect(await rowsByHand('off')).toEqual([]);
    expect(await post('off')).toEqual({ status: 200, body: {} });
    expect(await rowsByHand('off')).toHaveLength(1);
  });
});
