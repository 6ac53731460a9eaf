import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { container } from '../../src/collectors/docker/metrics.ts';
import { onDatabase } from '../../src/db/connect/on-database.ts';
import { migrate } from '../../src/db/migrate/migrate.ts';
import { showPolicies } from '../../src/db/policy/show.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'ciris-relay-'));
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const signal = new AbortController().signal;
const run = (url: string) => migrate(url, { catalog, logger: silentLogger, signal });

interface RelayOptions {
  /** So many pieces of what a client says are passed on; at the next it is cut off. */
  readonly pieces?: number;
  /** Changes what the server says. */
  readonly change?: (piece: Buffer) => Buffer;
}

async function relay(
  to: string,
  { pieces = Number.POSITIVE_INFINITY, change = (piece) => piece }: RelayOptions,
): Promise<Server> {
  let left = pieces;
  const server = createServer((client) => {
    const upstream = connect(to);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('data', (piece) => client.write(change(piece)));
    client.on('data', (piece) => {
      left -= 1;
      if (left < 0) client.destroy();
      else upstream.write(piece);
    });
  });
  server.listen(join(folder, '.s.PGSQL.5432'));
  await once(server, 'listening');
  return server;
}

/** The socket of a server, and the address of its database by way of the relay. */
function throughRelay(url: string): { readonly to: string; readonly relayed: string } {
  const host = new URL(url.replace('@/', '@none/')).searchParams.get('host') ?? '';
  return { to: join(host, '.s.PGSQL.5432'), relayed: url.replace(/host=[^&]*/, `host=${folder}`) };
}

const policies = (url: string) =>
  onDatabase(url, { what: 'show the policies', name: 'test', logger: silentLogger, signal }, (client) =>
    showPolicies(client, { entities: [container] }),
  );

it.each([
  ['a migration', run],
  ['a look at the policies', policies],
] as const)(
  '%s whose connection breaks, at whatever statement, finds the database away',
  async (_what, work) => {
    const url = await postgres.freshUrl('migrated');
    const { to, relayed } = throughRelay(url);
    let passed = 0;
    for (let done = false; !done; passed += 1) {
      const server = await relay(to, { pieces: passed });
      const outcome: unknown = await work(relayed).catch((thrown: unknown) => thrown);
      server.close();
      done = !(outcome instanceof Error);
      if (!done) expect(outcome, `cut off after ${passed}`).toMatchObject({ code: 'database_unavailable' });
    }
    // As many statements at least as it takes to find that there is nothing to do.
    expect(passed).toBeGreaterThan(10);
    expect(await run(url)).toEqual([]);
  },
);

it('a role that may not even look is told what it lacks', async () => {
  const nobody = await postgres.roleUrl(await postgres.freshUrl('migrated'));
  await expect(run(nobody)).rejects.toMatchObject({
    code: 'database_schema',
    message: expect.stringMatching(/^cannot migrate the database: .*denied for schema.*a member of/),
  });
});

it('a pooler is told of, which has numbers of its own for those who connect', async () => {
  const { to, relayed } = throughRelay(await postgres.freshUrl('migrated'));
  const head = Buffer.from('K\0\0\0\x0c', 'latin1');
  const change = (piece: Buffer): Buffer => {
    const at = piece.indexOf(head);
    if (at >= 0) piece.writeInt32BE(1, at + head.length);
    return piece;
  };
  const warned = async (given: RelayOptions): Promise<readonly string[]> => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const server = await relay(to, given);
    expect(await migrate(relayed, { catalog, logger, signal })).toEqual([]);
    server.close();
    return warnings;
  };
  expect(await warned({ change })).toEqual([expect.stringMatching(/that of a connection pooler/)]);
  expect(await warned({})).toEqual([]);
});
