import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPool } from '../../../src/db/connect/pool.ts';
import { type EmbeddedDatabase, startEmbedded } from '../../../src/db/embedded/embedded.ts';
import { type Logger, silentLogger } from '../../../src/runtime/logger.ts';
import { Releasers } from '../../../src/runtime/releasers.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { openStateDir } from '../../support/state-dir.ts';

const signal = new AbortController().signal;

let releasers: Releasers;
let stateDir: string;
beforeEach(async () => {
  releasers = new Releasers();
  stateDir = await openStateDir();
  releasers.add('folder', () => rm(stateDir, { recursive: true }));
});
afterEach(() => releasers.close());

async function start(folder = stateDir, logger: Logger = silentLogger): Promise<EmbeddedDatabase> {
  const database = await startEmbedded({ stateDir: folder, logger, signal });
  releasers.add('database', () => database.stop());
  return database;
}

/** What is left is a folder in which the database is yet to be initialised. */
async function removeData(): Promise<string> {
  const data = join(stateDir, 'postgres/data');
  await rm(data, { recursive: true });
  return data;
}

async function ask(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

const answered = (url: string) =>
  ask(url, 'select 1').then(
    () => true,
    () => false,
  );

async function postmasterPid(folder = stateDir): Promise<number> {
  return Number.parseInt(await readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8'), 10);
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process that runs the database and is then killed as the kernel kills: without a word. */
async function startChild(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const program = fileURLToPath(new URL('../../support/embedded-child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  releasers.add('child', () => child.kill('SIGKILL'));
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, url: String(url) };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The shells that watch over the servers of a process. */
async function watchersOf({ pid }: ChildProcess): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const found: number[] = [];
  for (const child of children.trim().split(' ').map(Number)) {
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).startsWith('/bin/sh')) found.push(child);
  }
  return found;
}

describe('the embedded database', () => {
  it('is durable, speaks through its socket alone, and keeps what it holds', async () => {
    const first = await start();
    const settings =
      "select name || '=' || setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding') order by name";
    expect(await ask(first.url, settings)).toEqual([
      'fsync=on',
      'full_page_writes=on',
      'listen_addresses=',
      'server_encoding=UTF8',
      'synchronous_commit=on',
    ]);
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'select answer from kept')).toEqual([42]);
  });

  it('belongs to a user who is not root, and to nobody else', async () => {
    const { url } = await start();
    for (const folder of ['postgres', 'postgres/data', 'postgres/run']) {
      const { uid, mode } = await stat(join(stateDir, folder));
      expect(uid).not.toBe(0);
      expect(mode & 0o077).toBe(0);
    }
    expect(await ask(url, 'select current_user')).toEqual(['telemetry']);
  });

  it('stops at once, work under way or not, and twice', async () => {
    const { url, stop } = await start();
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    const working = expect(client.query('select pg_sleep(60)')).rejects.toThrow();
    await Promise.all([stop(), stop()]);
    await working;
    expect(await answered(url)).toBe(false);
    await expect(postmasterPid()).rejects.toThrow();
  });

  it('comes back when the server is killed', async () => {
    const { promise: noticed, resolve } = Promise.withResolvers<string>();
    const { url } = await start(stateDir, { ...silentLogger, error: (message) => resolve(message) });
    await ask(url, 'create table kept as select 42 as answer');
    process.kill(await postmasterPid(), 'SIGKILL');
    expect(await noticed).toMatch(/ended unexpectedly/);
    await eventually('the server is back', async () => (await answered(url)) || undefined);
    expect(await ask(url, 'select answer from kept')).toEqual([42]);
  });

  it('lives in a folder whose path is too long for a socket', async () => {
    const long = join(stateDir, 'long'.repeat(30));
    await mkdir(long);
    await rename(join(stateDir, 'postgres'), join(long, 'postgres'));
    const { url } = await start(long);
    expect(await answered(url)).toBe(true);
    await expect(start(long)).rejects.toThrow(/another process of ciris-telemetry uses it/);
    const folder = new URL(url.replace('@/', '@none/')).searchParams.get('host') ?? '';
    expect(folder.length).toBeLessThan(90);
    releasers.add('sockets', () => rm(folder, { recursive: true }));
  });
});

describe('the embedded database, wherever it is', () => {
  it('lives in a folder whose path holds what a list of folders would be cut at', async () => {
    const folder = join(stateDir, 'a, "b"');
    await mkdir(folder);
    await rename(join(stateDir, 'postgres'), join(folder, 'postgres'));
    const { url } = await start(folder);
    expect(await answered(url)).toBe(true);
  });

  it('is found whatever the variables of libpq say of another server', async () => {
    const others = {
      PGHOST: 'elsewhere',
      PGPORT: '1',
      PGUSER: 'nobody',
      PGDATABASE: 'none',
      PGSSLMODE: 'verify-full',
    };
    for (const [name, value] of Object.entries(others)) vi.stubEnv(name, value);
    releasers.add('variables', async () => void vi.unstubAllEnvs());
    const { url } = await start();
    const pool = createPool(url, { logger: silentLogger, connectTimeoutMs: 60_000 });
    releasers.add('pool', () => pool.end());
    const { rows } = await pool.query(
      'select current_user::text as role, current_database()::text as database',
    );
    expect(rows).toEqual([{ role: 'telemetry', database: 'postgres' }]);
  });

  it('takes no huge pages and nothing of /dev/shm, which a container may not have though its machine has', async () => {
    await removeData();
    const { url } = await start();
    expect(await ask(url, 'show huge_pages')).toEqual(['off']);
    expect(await ask(url, 'show dynamic_shared_memory_type')).toEqual(['mmap']);
    const settings = await readFile(join(stateDir, 'postgres/data/postgresql.conf'), 'utf8');
    expect(settings).toMatch(/^huge_pages = off/m);
  });
});

describe('one folder, two processes', () => {
  it('the second is told what to do', async () => {
    const { url } = await start();
    await expect(start()).rejects.toMatchObject({
      code: 'state_unusable',
      message: expect.stringMatching(
        /another process of ciris-telemetry uses it\. Choose another folder with TELEMETRY_STATE_DIR or a server with TELEMETRY_DATABASE_URL/,
      ),
    });
    expect(await answered(url)).toBe(true);
  });

  it('of two that start at once, one gets it', async () => {
    await removeData();
    const outcomes = await Promise.allSettled([start(), start(), start()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });
});

describe('a process that is killed', () => {
  it('takes the server with it', async () => {
    const { child, url } = await startChild();
    await ask(url, 'create table kept as select 42 as answer');
    const pid = await postmasterPid();
    await kill(child);
    await eventually('the server is gone', async () => (alive(pid) ? undefined : true));
    const next = await start();
    expect(await ask(next.url, 'select answer from kept')).toEqual([42]);
  });

  it('makes no difference to one that starts at once', async () => {
    const { child, url } = await startChild();
    await ask(url, 'create table kept as select 42 as answer');
    await kill(child);
    const next = await start();
    expect(await ask(next.url, 'select answer from kept')).toEqual([42]);
  });

  it('together with what watches over the server: the next one stops the server that is left', async () => {
    const { child, url } = await startChild();
    await ask(url, 'create table kept as select 42 as answer');
    const left = await postmasterPid();
    for (const watcher of await watchersOf(child)) process.kill(watcher, 'SIGKILL');
    await kill(child);
    expect(await answered(url)).toBe(true);
    const warnings: string[] = [];
    const next = await start(stateDir, { ...silentLogger, warn: (message) => warnings.push(message) });
    expect(warnings).toContain('stopping the embedded database of a process that is gone');
    expect(await postmasterPid()).not.toBe(left);
    expect(await ask(next.url, 'select answer from kept')).toEqual([42]);
  });

  it.each([
    ['is empty, as after a loss of power', ''],
    ['holds no number', 'scribble'],
  ])('and whose server left a file of its pid that %s', async (_, content) => {
    await (await start()).stop();
    await writeFile(join(stateDir, 'postgres/data/postmaster.pid'), content);
    await writeFile(join(stateDir, 'postgres/run/.s.PGSQL.5432.lock'), content);
    expect(await answered((await start()).url)).toBe(true);
  });

  it.each([
    ['another process', 'sleep', ['600']],
    ['a server on other data', 'postgres', ['-c', 'sleep 600; true', '-D', '/elsewhere']],
  ])('and whose server died with it, whose pid is %s now', async (_, argv0, given) => {
    await (await start()).stop();
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const other = spawn(argv0 === 'sleep' ? 'sleep' : '/bin/sh', given, { ...user, argv0 });
    await once(other, 'spawn');
    releasers.add('other', () => other.kill());
    const data = join(stateDir, 'postgres/data');
    await writeFile(join(data, 'postmaster.pid'), `${other.pid}\n${data}\n1\n5432\n\n\n`);
    await writeFile(join(stateDir, 'postgres/run/.s.PGSQL.5432.lock'), `${other.pid}\n${data}\n1\n5432\n\n`);
    const { url } = await start();
    expect(await answered(url)).toBe(true);
  });
});

describe('a folder that cannot be used', () => {
  const refused = (pattern: RegExp) => ({ code: 'state_unusable', message: expect.stringMatching(pattern) });

  it('of another major version', async () => {
    await (await start()).stop();
    await writeFile(join(stateDir, 'postgres/data/PG_VERSION'), '12\n');
    await expect(start()).rejects.toMatchObject(
      refused(
        /was made by PostgreSQL 12, and .* brings PostgreSQL 18: dump it with the version that made it/,
      ),
    );
  });

  it('with something else in it', async () => {
    const data = await removeData();
    await mkdir(data);
    await writeFile(join(data, 'letter.txt'), 'dear');
    await expect(start()).rejects.toMatchObject(refused(/holds something that is no PostgreSQL database/));
    expect(await readdir(data)).toEqual(['letter.txt']);
  });

  it('that is a file', async () => {
    const file = join(stateDir, 'file');
    await writeFile(file, '');
    await expect(start(file)).rejects.toMatchObject(
      refused(/cannot keep the embedded database in .*file: .* Choose/),
    );
  });

  it('that a start cut short has left: is cleared', async () => {
    await removeData();
    await mkdir(join(stateDir, 'postgres/data-new-abc'));
    const { url } = await start();
    expect(await answered(url)).toBe(true);
    expect((await readdir(join(stateDir, 'postgres'))).sort()).toEqual(['data', 'run']);
  });
});

describe('starting', () => {
  it('ends when it is told to', async () => {
    const aborted = startEmbedded({
      stateDir,
      logger: silentLogger,
      signal: AbortSignal.abort(new Error('enough')),
    });
    await expect(aborted).rejects.toThrow();
    await (await start()).stop();
  });
});
