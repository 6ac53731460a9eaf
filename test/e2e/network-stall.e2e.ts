import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { answers, eventually } from './support/eventually.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { startLoad } from './support/load-process.ts';
import { containerRequest, postMetrics, postUntilAnswered } from './support/otlp-request.ts';
import { freePort } from './support/port.ts';
import { type StallingProxy, startStallingProxy } from './support/stalling-proxy.ts';
import {
  type DatabaseScene,
  startDatabase,
  startWriter,
  type WriterProcess,
} from './support/writer-scene.ts';

/** Requests that come at once while nothing moves: more than the writer takes in at a time. */
const crowd = 200;

const releasers = new Releasers();
let database: DatabaseScene;
let network: StallingProxy;
let writer: WriterProcess;

beforeAll(async () => {
  database = await startDatabase(releasers);
  const url = new URL(database.postgres.connectionString);
  const port = await freePort();
  network = await startStallingProxy({ port, targetPort: Number(url.port) });
  releasers.add('network', () => network.stop());
  url.port = String(port);
  writer = await startWriter({ databaseUrl: url.href, folder: database.folder });
  releasers.add('writer', () => writer.stop());
  await answers(`${writer.url}/readyz`);
});
afterAll(() => releasers.close());

const post = (id: string, timeMs: number) => postMetrics(writer.url, containerRequest([{ id, timeMs }]));

async function rowsOf(prefix: string): Promise<number> {
  const rows = await database.storedRows();
  return rows.filter(({ identity }) => identity['container.id']?.startsWith(prefix)).length;
}

describe('a writer whose database falls silent without closing a connection', () => {
  it.each(['all', 'answers'] as const)('asks for each request again in time when %s stall', async (what) => {
    const timeMs = Date.now();
    const before = containerRequest([{ id: `${what} before`, timeMs }]);
    expect((await postUntilAnswered(writer.url, before)).status).toBe(200);
    network.stall(what);
    const refused = await post(`${what} stalled`, timeMs);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toEqual({ code: 14, message: expect.stringMatching(/database/) });
    expect((await fetch(`${writer.url}/healthz`)).status).toBe(200);
    network.resume();
    await eventually('it is taken', async () => (await post(`${what} stalled`, timeMs)).ok || undefined);
    expect(await rowsOf(what)).toBe(2);
    await answers(`${writer.url}/readyz`);
  });

  it('answers a crowd of requests in time, with bounded memory, and takes each of them once later', async () => {
    const timeMs = Date.now();
    const before = await writer.residentMebibytes();
    network.stall('all');
    const send = (index: number) => post(`crowd-${index}`, timeMs);
    const indexes = Array.from({ length: crowd }, (_, index) => index);
    const statuses = await Promise.all(indexes.map(async (index) => (await send(index)).status));
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect((await writer.residentMebibytes()) - before).toBeLessThan(64);
    network.cut();
    await Promise.all(
      indexes.map((index) => eventually('it is taken', async () => (await send(index)).ok || undefined)),
    );
    expect(await rowsOf('crowd-')).toBe(crowd);
  });
});

describe('an exporter whose writer falls silent without closing a connection', () => {
  it('keeps its snapshots until they come through, and each is stored once', async () => {
    const port = await freePort();
    const targetPort = Number(new URL(writer.url).port);
    const way = await startStallingProxy({ port, targetPort });
    const folder = await makeFolder('stall');
    try {
      await using exporter = await startLoad({ endpoint: `http://127.0.0.1:${port}`, folder });
      const kept = (count: number) =>
        eventually(`${count} snapshots`, async () => exporter.logged().kept.length >= count || undefined);
      await kept(5);
      way.stall('answers');
      await exporter.line(/snapshots wait, .*no answer within 10000 ms/);
      way.cut();
      await kept(exporter.logged().kept.length + 5);
      await exporter.drain();
      const stored = (await database.storedRows()).filter(
        ({ identity }) => identity['ciris.server.id'] !== 'by hand',
      );
      expect(exporter.judge(stored)).toEqual([]);
    } finally {
      await way.stop();
      await removeFolder(folder);
    }
  });
});
