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

/** Passes on so many pieces of what a client says, and cuts it off at the next. */
async function relay(to: string, pieces: number): Promise<Server> {
  let left = pieces;
  const server = createServer((client) => {
    const upstream = connect(to);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.pipe(client);
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
    const host = new URL(url.replace('@/', '@none/')).searchParams.get('host') ?? '';
    const relayed = url.replace(/host=[^&]*/, `host=${folder}`);
    let passed = 0;
    for (let done = false; !done; passed += 1) {
      const server = await relay(join(host, '.s.PGSQL.5432'), passed);
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
