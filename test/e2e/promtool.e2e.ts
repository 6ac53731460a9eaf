import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Releasers } from '../../src/runtime/releasers.ts';
import type { Container } from './support/container.ts';
import { startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from './support/exporter.ts';
import { type Prometheus, promtool, startPrometheus } from './support/prometheus.ts';
import { exit3, halfCpu, healthy, held32MiB, killedForMemory } from './support/workloads.ts';

const majors = [2, 3] as const;
type Major = (typeof majors)[number];

/** A way to the exporter that notes in which format it answered, and may ask for the text format whatever the scraper prefers. */
interface Way {
  readonly address: string;
  readonly contentTypes: Set<string>;
}

interface Scene {
  readonly prometheus: Prometheus;
  readonly asked: Way;
  readonly text: Way;
}

const releasers = new Releasers();
let half: Container;
let exporter: ExporterProcess;
const scenes = new Map<Major, Scene>();

beforeAll(async () => {
  const engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  half = await engine.run(halfCpu);
  for (const workload of [held32MiB, healthy, exit3, killedForMemory]) await engine.run(workload);
  // What an exposition must escape.
  const label = '--label=com.docker.compose.service=a "quoted" \\ größer\nsecond line';
  await engine.run({ name: 'odd', flags: [label], command: ['sleep', '100000'] });
  exporter = await startExporterProcess({ dockerHost: engine.host });
  releasers.add('exporter', () => exporter.stop());
  for (const major of majors) {
    const asked = await openWay();
    const text = await openWay('text/plain;version=0.0.4');
    const prometheus = await startPrometheus({ major, targets: [asked.address, text.address] });
    releasers.add('prometheus', () => prometheus.stop());
    scenes.set(major, { prometheus, asked, text });
  }
});
afterAll(() => releasers.close());

async function openWay(accept?: string): Promise<Way> {
  const contentTypes = new Set<string>();
  const server = createServer(({ url, headers }, response) => {
    const forwarded = accept === undefined ? headers : { ...headers, accept };
    request(`${exporter.url}${url}`, { headers: forwarded }, (answer) => {
      contentTypes.add(String(answer.headers['content-type']));
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    })
      .on('error', () => response.destroy())
      .end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  releasers.add('way', async () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { address: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, contentTypes };
}

function sceneOf(major: Major): Scene {
  const scene = scenes.get(major);
  if (scene === undefined) throw new Error(`Prometheus ${major} did not start`);
  return scene;
}

describe.each(majors)('promtool %d', (major) => {
  it('finds nothing to say against a real exposition', async () => {
    const text = await eventually('figures of a container', async () => {
      const shown = await exporter.metrics();
      return shown.includes('container_cpu_time_seconds_total{') ? shown : undefined;
    });
    expect(await promtool(major, ['check', 'metrics'], text)).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe.each(majors)('Prometheus %d', (major) => {
  it('scrapes both formats without an error', async () => {
    const { prometheus, asked, text } = sceneOf(major);
    const found = await eventually('both are scraped', async () => {
      const up = await prometheus.query('ciris_server_up == 1');
      return up.length === 2 ? up : undefined;
    });
    const addresses = [asked.address, text.address].toSorted();
    expect(found.map(({ labels }) => labels.instance).toSorted()).toEqual(addresses);
    expect(prometheus.scrapeFailures()).toEqual([]);
    expect([...text.contentTypes]).toEqual(['text/plain; version=0.0.4; charset=utf-8']);
    expect([...asked.contentTypes]).toEqual([
      expect.stringMatching(/^application\/openmetrics-text; version=1\.0\.0; charset=utf-8/),
    ]);
  });

  it('has the same series from both', async () => {
    const { prometheus, asked, text } = sceneOf(major);
    const series = async ({ address }: Way) => {
      const own = '__name__!~"up|scrape_.*|ciris_telemetry_snapshot_age_seconds"';
      const found = await prometheus.query(`{instance="${address}",${own}}`);
      return found.map(({ labels: { instance: _, ...labels } }) => JSON.stringify(labels)).toSorted();
    };
    let both: { readonly one: readonly string[]; readonly two: readonly string[] } | undefined;
    await eventually('both are of snapshots that show the same, the last container too', async () => {
      const [one, two] = await Promise.all([series(asked), series(text)]);
      both = { one, two };
      return (one.some((labels) => labels.includes('"odd"')) && isDeepStrictEqual(one, two)) || undefined;
    }).catch(() => undefined);
    expect(both?.one).toEqual(both?.two);
    expect(both?.one.length).toBeGreaterThan(100);
  });

  it('reads what had to be escaped', async () => {
    const found = await eventually('both show it', async () => {
      const odd = await sceneOf(major).prometheus.query('ciris_container_info{container_name="odd"}');
      return odd.length === 2 ? odd : undefined;
    });
    for (const { labels } of found) {
      expect(labels.container_label_com_docker_compose_service).toBe('a "quoted" \\ größer\nsecond line');
    }
  });

  it.each([
    { metric: 'container_cpu_time_seconds_total', type: 'counter', help: /^CPU time consumed since/ },
    { metric: 'container_memory_usage_bytes', type: 'gauge', help: /^Memory charged to the container/ },
    { metric: 'ciris_telemetry_snapshots_total', type: 'counter', help: /^Snapshots taken\.$/ },
    { metric: 'ciris_container_state', type: 'stateset', textType: 'gauge', help: /^State of the container/ },
    { metric: 'ciris_container_info', type: 'info', textType: 'gauge', help: /^A container of a Docker/ },
  ])('knows what $metric is', async ({ metric, type, textType = type, help }) => {
    const { prometheus, asked, text } = sceneOf(major);
    const metadata = z.array(z.object({ type: z.string(), help: z.string(), unit: z.string() }));
    const of = async ({ address }: Way, name: string) => {
      const parameters = { match_target: `{instance="${address}"}`, metric: name };
      return await eventually(`${address} says what ${name} is`, async () => {
        return metadata.parse(await prometheus.api('targets/metadata', parameters));
      });
    };
    const unit = /_(seconds|bytes)(?:_total)?$/.exec(metric)?.[1] ?? '';
    const family = metric.replace(/_(total|info)$/, '');
    const said = expect.stringMatching(help);
    expect(await of(text, metric)).toEqual([{ type: textType, help: said, unit: '' }]);
    expect(await of(asked, family)).toEqual([{ type, help: said, unit }]);
  });

  it('computes a rate of a counter', async () => {
    const { prometheus } = sceneOf(major);
    const cores = await eventually('a rate', async () => {
      // Of a window that some late snapshots make no difference to.
      const rate = `rate(container_cpu_time_seconds_total{container_id="${half.id}"}[30s])`;
      const found = await prometheus.query(`sum by (instance) (${rate}) > 0.01`);
      return found.length === 2 ? found : undefined;
    });
    for (const { value } of cores) expect(value).toBeLessThan(1);
  });
});
