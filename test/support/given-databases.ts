import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A server that somebody else runs. */
export interface GivenServer {
  /** A superuser's, as `postgresql://SUPERUSER@/postgres?host=/FOLDER`. */
  readonly url: string;
  /** What every database that is made there begins with. */
  readonly extension?: 'timescaledb' | undefined;
}

/** The server that the environment names, for tests that run on any. */
export function serverOfEnvironment(): GivenServer | undefined {
  const { TEST_TIMESCALE_URL: timescale, TEST_DATABASE_URL: plain } = process.env;
  if (timescale !== undefined) return { url: timescale, extension: 'timescaledb' };
  return plain === undefined ? undefined : { url: plain };
}

/** Databases for tests on such a server. */
export class GivenDatabases {
  readonly #server: GivenServer;
  readonly #names: string[] = [];

  constructor(server: GivenServer) {
    this.#server = server;
  }

  /**
   * The address of a new one: with the server's extension and nothing else, or a copy. Jobs of TimescaleDB would drop what is long past there,
   * as most rows of tests are: none runs before `start_background_workers` is called.
   */
  async create(template?: string): Promise<string> {
    const { url: server, extension } = this.#server;
    const name = freshName();
    await run(server, `create database ${name} template ${template ?? 'template0'}`);
    this.#names.push(name);
    const url = databaseUrl(server, name);
    if (extension === undefined) return url;
    if (template === undefined)
      await run(url, `set client_min_messages = error; create extension ${extension} cascade`);
    await run(url, 'select _timescaledb_functions.stop_background_workers()');
    return url;
  }

  /** Gives the name of a database that nobody is connected to from now on, so that it can be copied. */
  async seal(url: string): Promise<string> {
    const name = databaseName(url);
    await run(this.#server.url, `alter database ${name} with allow_connections false`);
    // TimescaleDB has a process at work in each database that it may connect to.
    const ended = `select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = '${name}'`;
    await run(this.#server.url, ended);
    return name;
  }

  /** Removes them all, and with them what TimescaleDB has at work for them, of which a server has only so much. */
  async drop(): Promise<void> {
    for (const name of this.#names.splice(0))
      await run(this.#server.url, `drop database if exists ${name} with (force)`);
  }
}

export const freshName = (): string => `test_${randomBytes(6).toString('hex')}`;

function databaseUrl(url: string, database: string): string {
  return url.replace(/\/postgres(?=\?|$)/, `/${database}`);
}

function databaseName(url: string): string {
  return /\/([^/?]+)(?:\?|$)/.exec(url)?.[1] ?? '';
}

export async function run(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
