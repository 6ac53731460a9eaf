import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { startCollector, validateCollectorConfig } from './support/collector.ts';
import { startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { startExporterProcess } from './support/exporter.ts';
import { parseExposition } from './support/exposition.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { checkout } from './support/parts.ts';
import { freePort } from './support/port.ts';
import { exit3, halfCpu, healthy, held32MiB } from './support/workloads.ts';

const shipped = join(checkout, 'otel-collector-config.yaml');
const releasers = new Releasers();
/** The shipped file with all that stands there as a comment for those who want it. */
let whole: string;
let folder: string;

beforeAll(async () => {
  folder = await makeFolder('collector');
  releasers.add('folder', () => removeFolder(folder));
  const text = await readFile(shipped, 'utf8');
  const uncommented = text.replace(/^( *)# ( *(?:- )?[a-z_/]+:(?: .*)?)$/gm, '$1$2');
  expect(uncommented).toMatch(/^ {2}otlp_http\/second:$/m);
  whole = join(folder, 'whole.yaml');
  await writeFile(whole, uncommented);
});
afterAll(() => releasers.close());

const pipeline = (...exporters: readonly string[]) =>
  `yaml:service::pipelines::metrics::exporters: [${exporters.join(', ')}]`;

describe('otelcol validate', () => {
  it('accepts our configuration as it is', async () => {
    expect(await validateCollectorConfig({ configs: [shipped] })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('accepts it with every option switched on', async () => {
    const configs = [whole, pipeline('otlp_http/writer', 'prometheus', 'otlp_http/second')];
    const env = { SECOND_OTLP_TOKEN: 'token' };
    expect(await validateCollectorConfig({ configs, env })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('the optional Prometheus exporter of the Collector', () => {
  it("has the names and labels of the exporter's own /metrics", async () => {
    const engine = await startEngine('docker-newest');
    releasers.add('engine', () => engine.stop());
    for (const workload of [halfCpu, held32MiB, healthy, exit3]) await engine.run(workload);
    const [receiver, health, scraped] = await Promise.all(
      Array.from({ length: 3 }, async () => `127.0.0.1:${await freePort()}`),
    );
    const collector = await startCollector({
      configs: [
        whole,
        pipeline('prometheus'),
        `yaml:exporters::prometheus::endpoint: ${scraped}`,
        'yaml:service::telemetry::metrics: { level: none, readers: [] }',
      ],
      env: {
        CIRIS_OTLP_LISTEN: receiver ?? '',
        CIRIS_COLLECTOR_HEALTH: health ?? '',
        CIRIS_COLLECTOR_STATE: join(folder, 'queue'),
        SECOND_OTLP_TOKEN: 'token',
      },
    });
    releasers.add('collector', () => collector.stop());
    const exporter = await startExporterProcess({
      dockerHost: engine.host,
      // The details of a container that a busy engine gives later are other labels, and so other series.
      args: ['--otlp-endpoint', `http://${receiver}`, '--collect-timeout', '20'],
    });
    releasers.add('exporter', () => exporter.stop());

    const ofContainers = (text: string) =>
      parseExposition(text)
        .filter(({ labels }) => labels.container_id !== undefined)
        .map(({ name, labels: { instance: _, job: __, ...labels } }) => {
          // To Prometheus, an empty label is none.
          const pairs = Object.entries(labels).filter(([, value]) => value !== '');
          return JSON.stringify([name, pairs.toSorted()]);
        })
        .toSorted();
    await eventually('figures that need two snapshots', async () => {
      return /^container_cpu_usage\{/m.test(await exporter.metrics()) || undefined;
    });
    // The Collector gets each snapshot a little later, and keeps a series that is gone for a while.
    let [ours, theirs]: (readonly string[])[] = [];
    await eventually(
      'the same series',
      async () => {
        const text = await (await fetch(`http://${scraped}/metrics`)).text();
        [ours, theirs] = [ofContainers(await exporter.metrics()), ofContainers(text)];
        return (ours.length > 0 && isDeepStrictEqual(theirs, ours)) || undefined;
      },
      600_000,
    ).catch((thrown: unknown) => {
      expect(theirs).toEqual(ours);
      throw thrown;
    });
  });
});
