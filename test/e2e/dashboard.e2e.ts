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
      // A busy machine gives a container less than the half that it may have, never more.
      return busy.find(({ labels, value }) => labels.container_name === 'half' && value > 0 && value < 0.55);
    });
    await eventually('the disk is seen', async () => (await ask(major, promQueryOf('Disk B')))[0]);
  }
});
afterAll(async () => {
  await releasers.close();
});

function ask(major: 2 | 3, expr: string) {
  return prometheusOf(major).query(expandPromql(expr, { intervalSeconds: 2 }));
}

async function askDatabase(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const view = { from: begin, to: new Date(), intervalSeconds: 5 };
  const { rows } = await database.query<Record<string, unknown>>(expandSql(sql, view));
  return rows;
}

/** Until what is expected holds: on a busy machine a snapshot or a scrape may be missed, and what a board shows is missing meanwhile. */
async function soon(what: string, expectIt: () => Promise<void>): Promise<void> {
  await eventually(what, () => expectIt().then(() => true));
}

describe.each([2, 3] as const)('the board for Prometheus, on Prometheus %d', (major) => {
  it.each(promQueries)('$name gives what it is for', async ({ name, expr, instant }) => {
    const least = mayBeEmpty.test(name) ? 0 : 1;
    await soon(`${name} has an answer`, async () => {
      expect((await ask(major, expr)).length).toBeGreaterThanOrEqual(least);
    });
    if (instant === true) return;
    await soon(`${name} has an answer over time`, async () => {
      const end = Date.now() / 1000;
      const range = await prometheusOf(major).api('query_range', {
        query: expandPromql(expr, { intervalSeconds: 2 }),
        start: String(end - 10),
        end: String(end),
        step: '2',
      });
      expect(series.parse(range).result.length).toBeGreaterThanOrEqual(least);
    });
  });

  it('offers hosts and containers to choose', async () => {
    for (const { name, query } of boards.prometheus.templating.list) {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      const parameters = { 'match[]': expandPromql(selector, { intervalSeconds: 2 }) };
      await soon(`there are values of ${name}`, async () => {
        const values = await prometheusOf(major).api(`label/${label}/values`, parameters);
        if (name === 'container') expect(values).toEqual(['ended', 'half', 'held', 'killed', 'writes']);
        if (name === 'server') expect(values).toEqual(['main']);
      });
    }
  });

  it('tells how each container fares', async () => {
    await soon('all states are shown', async () => {
      const found = await ask(major, promQueryOf('Containers B'));
      const states = found.map(({ labels }) => labels.ciris_container_state);
      expect(states.toSorted()).toEqual(['exited', 'exited', 'running', 'running', 'running']);
    });
    await soon('one was killed', async () => {
      const killed = await ask(major, promQueryOf('Killed for memory A'));
      expect(killed.map(({ value }) => value)).toEqual([1]);
    });
  });
});

describe('the board for PostgreSQL, on PostgreSQL 15', () => {
  it.each(sqlQueries)('$name gives what it is for', async ({ name, sql }) => {
    await soon(`${name} has an answer`, async () => {
      const { length } = await askDatabase(sql);
      expect(length).toBeGreaterThanOrEqual(mayBeEmpty.test(name) ? 0 : 1);
    });
  });

  it('shows what Prometheus shows', async () => {
    const processor = sqlQueries.find(({ name }) => name === 'Processor A')?.sql ?? '';
    const half = (await askDatabase(processor)).filter(({ metric }) => metric === 'main / half');
    const cores = half.map(({ value }) => (typeof value === 'number' ? value : Number.NaN));
    for (const used of cores) expect(used).toBeGreaterThan(0);
    // A busy engine reads a figure later than the snapshot that it is in: one step gets what the next one lacks.
    const mean = cores.reduce((sum, used) => sum + used, 0) / cores.length;
    expect(mean).toBeLessThan(0.75);
    const table = sqlQueries.find(({ name }) => name === 'Containers A')?.sql ?? '';
    await soon('each container is there', async () => {
      expect(await askDatabase(table)).toMatchObject([
        { Container: 'ended', State: 'exited', 'Exit code': 3, 'Killed for memory': 0, Cores: null },
        { Container: 'half', State: 'running', 'Exit code': null },
        { Container: 'held', State: 'running', 'Memory of limit': expect.closeTo(0.5, 1) },
        { Container: 'killed', State: 'exited', 'Exit code': 137, 'Killed for memory': 1, Memory: null },
        { Container: 'writes', State: 'running' },
      ]);
    });
  });
});
