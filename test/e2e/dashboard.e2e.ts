import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Releasers } from '../../src/runtime/releasers.ts';
import { expandPromql, expandSql, readBoard } from '../support/grafana.ts';
import { startCli } from './support/cli.ts';
import { startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/port.ts';
import { startPostgres } from './support/postgres.ts';
import { type Prometheus, startPrometheus } from './support/prometheus.ts';
import { exit3, halfCpu, held32MiB, killedForMemory } from './support/workloads.ts';

const boards = {
  prometheus: readBoard('containers.json'),
  postgres: readBoard('containers-postgresql.json'),
};
const promQueries = boards.prometheus.panels.flatMap(({ title, targets }) =>
  targets.map(({ refId, expr, instant }) => ({ name: `${title} ${refId}`, expr: expr ?? '', instant })),
);
const sqlQueries = boards.postgres.panels.flatMap(({ title, targets }) =>
  targets.map(({ refId, rawSql }) => ({ name: `${title} ${refId}`, sql: rawSql ?? '' })),
);
/** What a host without these has nothing to say of: a healthcheck, and a delivery to elsewhere. */
const mayBeEmpty = /^(Unhealthy A|Containers C|Snapshots that wait for delivery A)$/;

const writing = 'while :; do dd if=/dev/zero of=/file bs=64k count=1 conv=fsync; sleep 1; done';

const series = z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) });

const releasers = new Releasers();
const prometheus: Partial<Record<2 | 3, Prometheus>> = {};
let database: Client;
let begin: Date;

function promQueryOf(name: string): string {
  return promQueries.find((query) => query.name === name)?.expr ?? '';
}

function prometheusOf(major: 2 | 3): Prometheus {
  const found = prometheus[major];
  if (found === undefined) throw new Error(`Prometheus ${major} did not start`);
  return found;
}

beforeAll(async () => {
  const folder = await makeFolder('boards');
  releasers.add('folder', () => removeFolder(folder));
  const engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  const postgres = await startPostgres();
  releasers.add('postgres', () => postgres.stop());
  await engine.command(['network', 'create', '--internal', 'quiet']);
  for (const workload of [
    { ...halfCpu, name: 'half', network: 'quiet' },
    { ...held32MiB, name: 'held' },
    { command: ['sh', '-c', writing], name: 'writes' },
    { ...exit3, name: 'ended' },
    { ...killedForMemory, name: 'killed' },
  ]) {
    await engine.run(workload);
  }
  const address = `127.0.0.1:${await freePort()}`;
  begin = new Date();
  const exporter = await startCli({
    args: ['serve', '--port', address.split(':')[1] ?? '', '--state-dir', folder, '--interval', '1'],
    env: { DOCKER_HOST: engine.host, TELEMETRY_DATABASE_URL: postgres.connectionString },
    ready: `http://${address}/readyz`,
  });
  releasers.add('exporter', () => exporter.stop());
  for (const major of [2, 3] as const) {
    const started = await startPrometheus({ major, targets: [address] });
    prometheus[major] = started;
    releasers.add(`Prometheus ${major}`, () => started.stop());
  }
  database = new Client({ connectionString: postgres.connectionString });
  await database.connect();
  releasers.add('database', () => database.end());
  // Rates need samples over the whole of their window, and the memory killer its second.
  for (const major of [2, 3] as const) {
    await eventually('the processor of a busy container is seen', async () => {
      const busy = await ask(major, promQueryOf('Processor A'));
      return busy.find(({ labels, value }) => labels.container_name === 'half' && isHalfAtMost(value));
    });
    await eventually('the disk is seen', async () => (await ask(major, promQueryOf('Disk B')))[0]);
  }
});
afterAll(async () => {
  await releasers.close();
});

/** A busy machine gives a container less than it may have, never more. */
function isHalfAtMost(cores: unknown): boolean {
  return typeof cores === 'number' && cores > 0 && cores < 0.55;
}

function ask(major: 2 | 3, expr: string) {
  return prometheusOf(major).query(expandPromql(expr, { intervalSeconds: 2 }));
}

async function askDatabase(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const view = { from: begin, to: new Date(), intervalSeconds: 5 };
  const { rows } = await database.query<Record<string, unknown>>(expandSql(sql, view));
  return rows;
}

describe.each([2, 3] as const)('the board for Prometheus, on Prometheus %d', (major) => {
  it.each(promQueries)('$name gives what it is for', async ({ name, expr, instant }) => {
    if (mayBeEmpty.test(name)) await ask(major, expr);
    else await eventually(`${name} has an answer`, async () => (await ask(major, expr))[0]);
    if (instant === true) return;
    const end = Date.now() / 1000;
    const range = await prometheusOf(major).api('query_range', {
      query: expandPromql(expr, { intervalSeconds: 2 }),
      start: String(end - 10),
      end: String(end),
      step: '2',
    });
    if (!mayBeEmpty.test(name)) expect(series.parse(range).result.length).toBeGreaterThan(0);
  });

  it('offers hosts and containers to choose', async () => {
    for (const { name, query } of boards.prometheus.templating.list) {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      const parameters = { 'match[]': expandPromql(selector, { intervalSeconds: 2 }) };
      const values = await prometheusOf(major).api(`label/${label}/values`, parameters);
      if (name === 'container') expect(values).toEqual(['ended', 'half', 'held', 'killed', 'writes']);
      if (name === 'server') expect(values).toEqual(['main']);
    }
  });

  it('tells how each container fares', async () => {
    const states = (await ask(major, promQueryOf('Containers B'))).map(
      ({ labels }) => labels.ciris_container_state,
    );
    expect(states.toSorted()).toEqual(['exited', 'exited', 'running', 'running', 'running']);
    const killed = await ask(major, promQueryOf('Killed for memory A'));
    expect(killed.map(({ value }) => value)).toEqual([1]);
  });
});

describe('the board for PostgreSQL, on PostgreSQL 15', () => {
  it.each(sqlQueries)('$name gives what it is for', async ({ name, sql }) => {
    const rows = await askDatabase(sql);
    if (!mayBeEmpty.test(name)) expect(rows.length).toBeGreaterThan(0);
  });

  it('shows what Prometheus shows', async () => {
    const processor = sqlQueries.find(({ name }) => name === 'Processor A')?.sql ?? '';
    const half = (await askDatabase(processor)).filter(({ metric }) => metric === 'main / half');
    expect(half.length).toBeGreaterThan(0);
    expect(half.map(({ value }) => value).filter((value) => !isHalfAtMost(value))).toEqual([]);
    const table = sqlQueries.find(({ name }) => name === 'Containers A')?.sql ?? '';
    expect(await askDatabase(table)).toMatchObject([
      { Container: 'ended', State: 'exited', 'Exit code': 3, 'Killed for memory': 0, Cores: null },
      { Container: 'half', State: 'running', 'Exit code': null },
      { Container: 'held', State: 'running', 'Memory of limit': expect.closeTo(0.5, 1) },
      { Container: 'killed', State: 'exited', 'Exit code': 137, 'Killed for memory': 1, Memory: null },
      { Container: 'writes', State: 'running' },
    ]);
  });
});
