import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { runCli, startCli } from './support/cli.ts';
import { expectEndedWell } from './support/ended-well.ts';
import { answers, eventually } from './support/eventually.ts';
import { startExporterProcess } from './support/exporter.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { checkout } from './support/parts.ts';
import { freePort } from './support/port.ts';
import { startPostgres } from './support/postgres.ts';
import { type Finished, runProgram } from './support/program.ts';

const releasers = new Releasers();
let folder: string;
/** Nothing listens there. */
const noEngine = 'unix:///nonexistent/engine.sock';

beforeAll(async () => {
  folder = await makeFolder('cli');
  releasers.add('folder', () => removeFolder(folder));
});
afterAll(() => releasers.close());

/** What it said besides what is well, line by line. */
function complaints({ stderr }: Finished): readonly string[] {
  // That a new database is still being migrated says no more than that the machine is busy.
  const well = /^$|^\S+ info |the database has not answered yet, or is being migrated/;
  return stderr.split('\n').filter((line) => !well.test(line));
}

async function serve(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Finished> {
  const stateDir = join(folder, 'state');
  return await runCli({
    args: ['serve', ...args],
    env: { TELEMETRY_STATE_DIR: stateDir, DOCKER_HOST: noEngine, ...env },
  });
}

describe('what cannot be done is one line and an exit code', () => {
  it.each(['serve', 'writer'])('B66: a port in use, for %s', async (command) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const finished = await runCli({
      args: [command, '--port', port, '--state-dir', join(folder, 'state')],
      env: { DOCKER_HOST: noEngine },
    });
    taken.close();
    expect(finished.code).toBe(1);
    expect(complaints(finished)).toEqual([
      expect.stringMatching(new RegExp(`^ciris-telemetry: port ${port} on 127.0.0.1 is in use: .*--port`)),
    ]);
  });

  it.each([
    {
      given: ['--interval', '0'],
      env: {},
      said: /setting interval: "0" \(from --interval\).* give seconds from 1/,
    },
    {
      given: [],
      env: { TELEMETRY_INTERVAL: 'often' },
      said: /setting interval: "often" \(from TELEMETRY_INTERVAL\).* give seconds from 1/,
    },
    { given: ['--port', '70000'], env: {}, said: /setting port: "70000" .* give a number from 0 to 65535/ },
    {
      given: ['--database-url', 'mysql://root:secret@db/x'],
      env: {},
      said: /setting database-url: a value that is not shown .* give an address such as postgres:/,
    },
    {
      given: [],
      env: { DOCKER_HOST: 'ssh://host' },
      said: /DOCKER_HOST ssh:\/\/host cannot be used: ssh is not spoken/,
    },
    {
      given: [],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
      said: /OTEL_EXPORTER_OTLP_HEADERS=… cannot be used: write it as key=value pairs/,
    },
  ])('a setting that is not accepted: $given $env', async ({ given, env, said }) => {
    const finished = await serve(env, ...given);
    expect(finished).toMatchObject({ code: 2, stdout: '' });
    expect(complaints(finished)).toEqual([expect.stringMatching(said)]);
    expect(finished.stderr).not.toContain('secret');
  });

  it('a settings file with a key that no setting has', async () => {
    const file = join(folder, 'settings.yaml');
    await writeFile(file, 'interval: 5\nintervall: 10\n');
    const finished = await serve({}, '--config', file);
    expect(finished).toMatchObject({ code: 2, stdout: '' });
    expect(finished.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /settings file .*settings\.yaml: there is no setting intervall; the settings are .*interval/,
      ),
    ]);
  });

  it('a flag that there is not', async () => {
    const finished = await serve({}, '--intervall', '5');
    expect(finished).toMatchObject({ code: 2, stdout: '' });
    expect(finished.stderr).toMatch(/unknown option '--intervall'/);
  });

  it('a database that cannot be migrated', async () => {
    const url = `postgresql://nobody@127.0.0.1:${await freePort()}/none`;
    const finished = await runCli({ args: ['migrate', '--database-url', url] });
    expect(finished).toMatchObject({ code: 1, stdout: '' });
    expect(complaints(finished)).toEqual([expect.stringMatching(/^ciris-telemetry: .*ECONNREFUSED/)]);
  });
});

describe('switched off', () => {
  it.each([{ TELEMETRY_ENABLED: 'false' }, { OTEL_SDK_DISABLED: 'true' }])(
    'by %o, it starts nothing and says so',
    async (env) => {
      const stateDir = join(folder, 'never');
      const finished = await serve({ ...env, TELEMETRY_STATE_DIR: stateDir });
      expect(finished).toMatchObject({ code: 0, stdout: '' });
      expect(finished.stderr.trim().split('\n')).toEqual([
        expect.stringMatching(/switched off .* nothing is started/),
      ]);
      expect(await readdir(folder)).not.toContain('never');
    },
  );
});

describe('help', () => {
  it('of the writer, from a checkout by npm', async () => {
    const finished = await runProgram({
      command: 'npm',
      args: ['run', '--silent', 'cli', '--', 'writer', '--help'],
      cwd: checkout,
    });
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    for (const said of ['--port', 'TELEMETRY_WRITER_PORT', '4320', '--database-url', 'For example:']) {
      expect(finished.stdout).toContain(said);
    }
  });

  it('tells the exit codes', async () => {
    const { code, stdout } = await runCli({ args: ['--help'] });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Exit codes: 0 .* 1 .* 2 /);
  });
});

describe('migrate, on PostgreSQL 15', () => {
  it('makes the schema once, whoever asks', async () => {
    await using postgres = await startPostgres();
    const migrate = async (): Promise<Finished> => {
      const finished = await runCli({ args: ['migrate', '--database-url', postgres.connectionString] });
      // On a busy machine the other one may take longer than that: it is to be waited for.
      return /another process has been migrating the database for a minute/.test(finished.stderr)
        ? migrate()
        : finished;
    };
    const [one, two] = await Promise.all([migrate(), migrate()]);
    const nothing = 'nothing to do: the database has every migration\n';
    expect([one.code, two.code]).toEqual([0, 0]);
    expect([one.stdout, two.stdout].toSorted()).toEqual([
      expect.stringMatching(/^(applied \S+\n)+$/),
      nothing,
    ]);
    expect(await migrate()).toMatchObject({ code: 0, stdout: nothing });
    const client = new Client({ connectionString: postgres.connectionString });
    await client.connect();
    const { rows } = await client.query(
      "select table_name from information_schema.tables where table_schema = 'telemetry'",
    );
    await client.end();
    expect(rows.map((row: { readonly table_name: string }) => row.table_name)).toContain('container');
  });
});

describe('without what it needs', () => {
  it('serve starts without its database, and says what it lacks', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await using exporter = await startCli({
      args: ['serve', '--port', String(port), '--interval', '1', '--state-dir', join(folder, 'lacking')],
      env: {
        DOCKER_HOST: noEngine,
        TELEMETRY_DATABASE_URL: `postgresql://nobody@127.0.0.1:${await freePort()}/none`,
      },
      ready: `${url}/healthz`,
    });
    await eventually('it says what it lacks', async () => {
      const ready = await fetch(`${url}/readyz`);
      expect(ready.status).toBe(503);
      return /ECONNREFUSED/.test(await ready.text()) || undefined;
    });
    await answers(`${url}/metrics`);
    expectEndedWell(exporter, await exporter.halt());
  });

  it('collect says which engine it cannot read, and ends with 1', async () => {
    const finished = await runCli({ args: ['collect'], env: { DOCKER_HOST: noEngine } });
    expect(finished.code).toBe(1);
    expect(finished.stdout).toMatch(/What containers there are is not known\./);
    expect(finished.stdout).toMatch(
      /^! asking unix:\/\/\/nonexistent\/engine\.sock .*ENOENT.* start the engine/m,
    );
    const { code, stdout } = await runCli({ args: ['collect', '--json'], env: { DOCKER_HOST: noEngine } });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).outcomes).toContainEqual(
      expect.objectContaining({ collector: 'docker', ok: false, errorType: 'not_found' }),
    );
  });
});

describe('B71: who can reach it', () => {
  it('by default only the loopback does', async () => {
    await using exporter = await startExporterProcess({ dockerHost: noEngine });
    const [, port = ''] = exporter.address.split(':');
    expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, address }) => family === 'IPv4' && address !== '127.0.0.1')
      .map(({ address }) => address);
    for (const address of ['127.0.0.2', ...others]) {
      await expect(fetch(`http://${address}:${port}/metrics`), address).rejects.toThrow(/fetch failed/);
    }
  });
});
