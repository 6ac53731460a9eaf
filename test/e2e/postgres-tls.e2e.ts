import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Client, type Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { completeUrl } from '../../src/app/complete-url.ts';
import { openClient } from '../../src/db/connect/client.ts';
import { createPool } from '../../src/db/connect/pool.ts';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { type Authority, type Certificates, makeAuthority } from './support/authority.ts';
import { eventually } from './support/eventually.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { type PostgresServer, startServer } from './support/server.ts';

/** Which role may come in which way. */
const hba = `
hostssl   all tls_only   127.0.0.1/32 trust
hostnossl all plain_only 127.0.0.1/32 trust
host      all scram      127.0.0.1/32 scram-sha-256
host      all clear      127.0.0.1/32 password
hostssl   all certified  127.0.0.1/32 cert
host      all telemetry  127.0.0.1/32 trust
`;

let folder: string;
let server: PostgresServer;
let known: Authority;
let own: Certificates;
let other: Certificates;
let client: Certificates;
const pools: Pool[] = [];

beforeAll(async () => {
  folder = await makeFolder('tls');
  known = await makeAuthority(folder, 'certified');
  own = await known.issue({ file: 'server', names: 'DNS:localhost' });
  client = await known.issue({ file: 'client', names: 'DNS:client' });
  other = await (await makeAuthority(folder, 'other')).issue({ file: 'other', names: 'DNS:localhost' });
  const [cert, key, ca] = await Promise.all(
    [own.cert, own.key, own.ca].map((path) => readFile(path, 'utf8')),
  );
  server = await startServer({
    bin: dirname(findBinaries().postgres),
    settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' },
    hba,
    files: { 'server.crt': cert ?? '', 'server.key': key ?? '', 'ca.crt': ca ?? '' },
  });
  for (const role of ['tls_only', 'plain_only', 'scram', 'clear', 'certified'])
    await asSuperuser(`create role ${role} login password 'se+cret'`);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

async function asSuperuser(...statements: readonly string[]): Promise<void> {
  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  for (const statement of statements) await admin.query(statement);
  await admin.end();
}

/** Resolves when new connections meet it so. */
async function switchTls(on: boolean): Promise<void> {
  await asSuperuser(`alter system ${on ? 'reset ssl' : 'set ssl = off'}`, 'select pg_reload_conf()');
  const wanted = on ? 'on' : 'off';
  for (let found = ''; found !== wanted; ) {
    const admin = new Client({ connectionString: server.url });
    await admin.connect();
    found = (await admin.query('select current_setting($1) as ssl', ['ssl'])).rows[0].ssl;
    await admin.end();
  }
}

/** A busy machine takes its time to connect. */
const patience = 'connect_timeout=60';

function addressOf(role: string, parameters: string, host = 'localhost'): string {
  const all = [parameters, patience].filter((part) => part !== '').join('&');
  return `postgresql://${role}:se+cret@${host}:${server.port}/postgres?${all}`;
}

const inUse = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';

/** Whether the connection that an address leads to is encrypted. */
async function isEncrypted(url: string): Promise<boolean> {
  const pool = createPool(url, { logger: silentLogger });
  pools.push(pool);
  const { rows } = await pool.query(inUse);
  const single = await openClient(url, {
    name: 'test',
    logger: silentLogger,
    signal: new AbortController().signal,
  });
  expect((await single.query(inUse)).rows).toEqual(rows);
  await single.end();
  return rows[0].ssl;
}

describe('sslmode', () => {
  it.each<[mode: string, telemetry: boolean, tlsOnly: boolean | RegExp, plainOnly: boolean | RegExp]>([
    ['', true, true, false],
    ['sslmode=disable', false, /no encryption/, false],
    ['sslmode=allow', false, true, false],
    ['sslmode=prefer', true, true, false],
    ['sslmode=require', true, true, /no pg_hba.conf entry/],
    ['ssl=true', true, true, /no pg_hba.conf entry/],
  ])('"%s" goes where the server lets it', async (mode, telemetry, tlsOnly, plainOnly) => {
    expect(await isEncrypted(addressOf('telemetry', mode))).toBe(telemetry);
    for (const [role, expected] of [
      ['tls_only', tlsOnly],
      ['plain_only', plainOnly],
    ] as const) {
      const found = isEncrypted(addressOf(role, mode));
      if (typeof expected === 'boolean') expect(await found).toBe(expected);
      else await expect(found).rejects.toThrow(expected);
    }
  });

  it.each(['sslmode=require', 'sslmode=verify-ca', 'sslmode=verify-full', 'sslmode=prefer'])(
    '%s with sslrootcert wants a certificate of that authority',
    async (mode) => {
      expect(await isEncrypted(addressOf('telemetry', `${mode}&sslrootcert=${own.ca}`))).toBe(true);
      await expect(
        isEncrypted(addressOf('telemetry', `${mode}&sslrootcert=${other.ca}`)),
      ).rejects.toMatchObject({
        code: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED/),
      });
    },
  );

  it('verify-full alone asks for the name, in an address of figures too', async () => {
    const root = `sslrootcert=${own.ca}`;
    expect(await isEncrypted(addressOf('telemetry', `sslmode=verify-ca&${root}`, '127.0.0.1'))).toBe(true);
    await expect(
      isEncrypted(addressOf('telemetry', `sslmode=verify-full&${root}`, '127.0.0.1')),
    ).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('verify-full without an authority trusts those of the system, and system is one to name', async () => {
    for (const parameters of [
      'sslmode=verify-full',
      'sslrootcert=system',
      'sslmode=verify-full&sslrootcert=system',
    ])
      await expect(isEncrypted(addressOf('telemetry', parameters))).rejects.toMatchObject({
        code: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED/),
      });
  });

  it('does not matter on a unix socket', async () => {
    expect(await isEncrypted(`${server.url}&sslmode=require&${patience}`)).toBe(false);
  });

  it('prefer and allow do with a server that has none, and the others do not', async () => {
    await switchTls(false);
    try {
      expect(await isEncrypted(addressOf('telemetry', ''))).toBe(false);
      expect(await isEncrypted(addressOf('telemetry', 'sslmode=allow'))).toBe(false);
      const required = isEncrypted(addressOf('telemetry', 'sslmode=require'));
      await expect(required).rejects.toThrow(/does not support SSL/);
    } finally {
      await switchTls(true);
    }
  });

  it('prefer goes with a server that begins to ask for TLS while we run', async () => {
    const pool = createPool(addressOf('telemetry', ''), { logger: silentLogger, size: 4 });
    pools.push(pool);
    const four = async () => {
      const answers = await Promise.all(Array.from({ length: 4 }, () => pool.query(inUse)));
      return answers.map(({ rows }) => rows[0].ssl);
    };
    await switchTls(false);
    expect(await four()).toEqual([false, false, false, false]);
    await writeFile(
      `${server.folder}/data/pg_hba.conf`,
      'local all all trust\nhostssl all all 127.0.0.1/32 trust\n',
    );
    await switchTls(true);
    await asSuperuser(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ciris-telemetry'",
    );
    await eventually('its connections are gone', async () => pool.totalCount === 0 || undefined);
    expect(await four()).toEqual([true, true, true, true]);
    await writeFile(`${server.folder}/data/pg_hba.conf`, `local all all trust\n${hba}`);
    await switchTls(false);
    await switchTls(true);
  });
});

describe('a client certificate', () => {
  it('lets in', async () => {
    const named = `sslmode=require&sslcert=${client.cert}&sslkey=${client.key}`;
    expect(await isEncrypted(addressOf('certified', named))).toBe(true);
    await expect(isEncrypted(addressOf('certified', 'sslmode=require'))).rejects.toThrow(
      /client certificate/,
    );
  });

  it('is read anew when it failed', async () => {
    const copy = await known.issue({ file: 'renewed', names: 'DNS:client', expired: true });
    const url = addressOf('certified', `sslmode=require&sslcert=${copy.cert}&sslkey=${copy.key}`);
    const pool = createPool(url, { logger: silentLogger });
    pools.push(pool);
    // A server that hangs up may be gone before its reason could be read.
    await expect(pool.query(inUse)).rejects.toThrow(/expired|terminated|closed|ECONNRESET|EPIPE/);
    await known.issue({ file: 'renewed', names: 'DNS:client' });
    const { rows } = await eventually('it is let in', () => pool.query(inUse));
    expect(rows).toEqual([{ ssl: true }]);
  });
});

describe('channel_binding', () => {
  const root = () => `sslmode=verify-full&sslrootcert=${own.ca}`;

  it('binds the password to the connection where it can, and need not', async () => {
    expect(await isEncrypted(addressOf('scram', root()))).toBe(true);
    expect(await isEncrypted(addressOf('scram', `${root()}&channel_binding=disable`))).toBe(true);
    expect(await isEncrypted(addressOf('scram', 'sslmode=disable'))).toBe(false);
  });

  it('require takes no less', async () => {
    expect(await isEncrypted(addressOf('scram', 'sslmode=require&channel_binding=require'))).toBe(true);
    for (const url of [
      addressOf('clear', `${root()}&channel_binding=require`),
      addressOf('telemetry', `${root()}&channel_binding=require`),
      addressOf('scram', 'sslmode=disable&channel_binding=require'),
    ])
      await expect(isEncrypted(url)).rejects.toThrow(/does not prove by channel binding/);
  });
});

describe('other parameters', () => {
  it('TLS from the first byte, and of the versions that are asked for', async () => {
    const root = `sslmode=verify-full&sslrootcert=${own.ca}`;
    expect(await isEncrypted(addressOf('telemetry', `${root}&sslnegotiation=direct`))).toBe(true);
    const pool = createPool(addressOf('telemetry', `${root}&ssl_max_protocol_version=TLSv1.2`), {
      logger: silentLogger,
    });
    pools.push(pool);
    const { rows } = await pool.query('select version from pg_stat_ssl where pid = pg_backend_pid()');
    expect(rows).toEqual([{ version: 'TLSv1.2' }]);
  });

  it('what the address leaves out comes from the variables of libpq', async () => {
    const env = {
      PGHOST: 'localhost',
      PGPORT: String(server.port),
      PGUSER: 'scram',
      PGPASSWORD: 'se+cret',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: own.ca,
      PGDATABASE: 'postgres',
      PGCONNECT_TIMEOUT: '60',
    };
    expect(await isEncrypted(completeUrl('postgresql://', env))).toBe(true);
    await expect(
      isEncrypted(completeUrl('postgresql://', { ...env, PGSSLROOTCERT: other.ca })),
    ).rejects.toThrow();
  });

  it('options, name of the program and database are those of the address', async () => {
    const pool = createPool(
      addressOf('telemetry', 'dbname=postgres&application_name=mine&options=-c%20work_mem%3D1MB').replace(
        '/postgres?',
        '/?',
      ),
      { logger: silentLogger },
    );
    pools.push(pool);
    const { rows } = await pool.query(
      "select current_setting('application_name') as name, current_setting('work_mem') as memory, current_database() as database",
    );
    expect(rows).toEqual([{ name: 'mine', memory: '1MB', database: 'postgres' }]);
  });
});

describe('an address that cannot be used', () => {
  it.each([
    ['sslmode=no-verify', /sslmode "no-verify" is none of disable, allow/],
    ['sslmod=verify-full', /parameter sslmod, which is not known/],
    ['sslmode=verify-ca', /verify-ca needs sslrootcert/],
    ['sslmode=require&sslrootcert=system', /anybody's certificate/],
    ['sslrootcert=/nowhere.pem', /ENOENT/],
    ['sslmode=require&sslcert=/etc/hostname', /sslcert and sslkey go together/],
    ['sslmode=require&sslcert=/etc/hostname&sslkey=/etc/hostname', /cannot be used: .*PEM/],
    ['sslmode=prefer&sslnegotiation=direct', /sslnegotiation=direct needs TLS/],
    ['channel_binding=always', /channel_binding "always" is none of/],
    ['ssl_min_protocol_version=SSLv3', /ssl_min_protocol_version "SSLv3" is none of TLSv1,/],
    ['ssl=0', /write sslmode instead/],
    ['port=http', /port "http"/],
  ])('%s is refused', (parameters, words) => {
    const making = () => createPool(`postgresql://u:secret@h/d?${parameters}`, { logger: silentLogger });
    expect(making).toThrow(words);
    expect(making).not.toThrow(/secret/);
  });
});
