import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { runCli } from './support/cli.ts';
import { startCollector, validateCollectorConfig } from './support/collector.ts';
import { eventually } from './support/eventually.ts';
import { freePort } from './support/port.ts';
import { startPostgres } from './support/postgres.ts';
import { promtool, startPrometheus } from './support/prometheus.ts';

describe('the Collector', () => {
  const config = (receiver: string, health: string) =>
    `yaml:${JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: receiver } } } },
      exporters: { debug: { verbosity: 'detailed' } },
      extensions: { healthcheckv2: { use_v2: true, http: { endpoint: health } } },
      service: {
        extensions: ['healthcheckv2'],
        pipelines: { metrics: { receivers: ['otlp'], exporters: ['debug'] } },
      },
    })}`;
  const point = { timeUnixNano: '1700000000000000000', asDouble: 0.5 };
  const metrics = [{ name: 'smoke', unit: 's', gauge: { dataPoints: [point] } }];
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };

  it('judges a configuration', async () => {
    const good = await validateCollectorConfig({ configs: [config('127.0.0.1:1', '127.0.0.1:2')] });
    expect(good).toEqual({ code: 0, stdout: '', stderr: '' });
    const bad = await validateCollectorConfig({ configs: ['yaml:{receivers: {nonsense: }}'] });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain('nonsense');
  });

  it('takes points, and again after it was killed', async () => {
    const receiver = `127.0.0.1:${await freePort()}`;
    const health = `127.0.0.1:${await freePort()}`;
    await using collector = await startCollector({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the Collector fills it in.
      configs: [config('${env:RECEIVER}', health)],
      env: { RECEIVER: receiver },
      healthUrl: `http://${health}/status`,
    });
    for (const _ of ['first', 'after the kill']) {
      const response = await fetch(`http://${receiver}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      expect(response.status).toBe(200);
      expect(await collector.line(/-> Name:/)).toContain('smoke');
      await collector.kill9();
      await collector.restart();
    }
  });
});

describe.each([2, 3] as const)('Prometheus %i', (major) => {
  it('scrapes a target, answers a query and marks what is gone stale', async () => {
    let exposition = '# TYPE smoke gauge\nsmoke{label="value"} 0.5\nother 1\n';
    const target = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(exposition);
    }).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const address = target.address();
    if (address === null || typeof address === 'string') throw new Error('The target has no port');
    const instance = `127.0.0.1:${address.port}`;
    await using prometheus = await startPrometheus({ major, targets: [instance] });

    const found = async (promql: string) => {
      const samples = await prometheus.query(promql);
      return samples.length > 0 ? samples : undefined;
    };
    expect(await eventually('smoke is scraped', () => found('smoke'))).toEqual([
      {
        labels: { __name__: 'smoke', label: 'value', instance, job: 'e2e' },
        time: expect.any(Number),
        value: 0.5,
      },
    ]);
    exposition = 'other 2\n';
    await eventually('the next scrape', () => found('other == 2'));
    expect(await prometheus.query('smoke')).toEqual([]);
    await expect(prometheus.query('sum(')).rejects.toThrow(/refuses query: .*parse error/);
    target.close();
  });

  it('judges an exposition', async () => {
    const good = '# HELP smoke_seconds A test.\n# TYPE smoke_seconds gauge\nsmoke_seconds 0.5\n';
    expect(await promtool(major, ['check', 'metrics'], good)).toEqual({ code: 0, stdout: '', stderr: '' });
    const bad = await promtool(major, ['check', 'metrics'], 'smoke_seconds "a"\n');
    expect(bad.code).not.toBe(0);
  });
});

describe('PostgreSQL 15', () => {
  it('answers, and has what it had after a restart', async () => {
    await using postgres = await startPostgres();
    const query = async (sql: string): Promise<readonly unknown[]> => {
      const client = new Client({ connectionString: postgres.connectionString });
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    };
    expect(await query("select current_setting('server_version_num')::int / 10000 as major")).toEqual([
      { major: 15 },
    ]);
    await query('create table kept as select 1 as one');
    await postgres.restart();
    expect(await query('select one from kept')).toEqual([{ one: 1 }]);
    await postgres.kill9();
    await expect(query('select 1')).rejects.toThrow(/ECONNREFUSED/);
    await postgres.restart();
    expect(await query('select one from kept')).toEqual([{ one: 1 }]);
  });
});

describe('our own command line', () => {
  it('runs from the checkout', async () => {
    const { code, stdout } = await runCli({ args: ['--help'] });
    expect(code).toBe(0);
    expect(stdout).toMatch(/serve[\s\S]*writer/);
  });
});
