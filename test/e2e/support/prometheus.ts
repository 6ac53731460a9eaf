import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { answers } from './eventually.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { part } from './parts.ts';
import { freePort } from './port.ts';
import { type Finished, runProgram } from './program.ts';
import { type Service, startService } from './service.ts';

/** Prometheus 3 as built here, and Debian's 2.42. */
export type PrometheusMajor = 2 | 3;

export interface PrometheusOptions {
  readonly major: PrometheusMajor;
  /** What it scrapes every second, as "host:port" of a `/metrics`. */
  readonly targets: readonly string[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly time: number;
  readonly value: number;
}

/** A series as it was scraped. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

export interface Prometheus extends Service {
  readonly url: string;
  /** An instant query; a series that is stale is not in the answer. */
  query(promql: string): Promise<readonly Sample[]>;
  /** Each scraped sample of the last minutes, of the series that a selector names. */
  scraped(selector: string): Promise<readonly Series[]>;
  /** Why scrapes failed, a line of its log each, but for those that a busy machine did not end in a second. */
  scrapeFailures(): readonly string[];
  /** What the HTTP API answers to a GET, such as `targets`; rejects with Prometheus's own words on an error. */
  api(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
}

const answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

const vector = z.object({
  resultType: z.literal('vector'),
  result: z.array(
    z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
  ),
});

const matrix = z.object({
  resultType: z.literal('matrix'),
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])),
    }),
  ),
});

export async function startPrometheus({ major, targets }: PrometheusOptions): Promise<Prometheus> {
  const folder = await makeFolder(`prometheus-${major}`);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, scrapeConfig(targets));
  const service = await startService({
    name: `Prometheus ${major}`,
    command: part(`prometheus-${major}`),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      // Why a scrape failed is said nowhere else, once another has not.
      '--log.level=debug',
      ...(major === 3 ? ['--web.enable-otlp-receiver'] : []),
    ],
    ready: () => answers(`${url}/-/ready`),
    cleanup: () => removeFolder(folder),
  });
  const api = async (path: string, parameters: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const answered = answer.parse(await response.json());
    if (answered.status === 'error')
      throw new Error(`Prometheus ${major} refuses ${path}: ${answered.error}`);
    return answered.data;
  };
  const query = async (promql: string) => {
    const { result } = vector.parse(await api('query', { query: promql }));
    return result.map(({ metric, value: [time, value] }) => ({ labels: metric, time, value: Number(value) }));
  };
  const scraped = async (selector: string) => {
    const { result } = matrix.parse(await api('query', { query: `${selector}[10m]` }));
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([time, value]) => ({ time, value: Number(value) })),
    }));
  };
  const scrapeFailures = () => {
    const lines = service.output().match(/^.*(?:Scrape|Append) failed.*$/gim) ?? [];
    return lines.filter((line) => !/deadline exceeded/.test(line));
  };
  return { ...service, url, api, query, scraped, scrapeFailures };
}

/** Runs promtool, such as `check metrics` with an exposition as `stdin`. */
export async function promtool(
  major: PrometheusMajor,
  args: readonly string[],
  stdin?: string,
): Promise<Finished> {
  return await runProgram({
    command: part(`promtool-${major}`),
    args,
    ...(stdin === undefined ? {} : { stdin }),
  });
}

function scrapeConfig(targets: readonly string[]): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'e2e', static_configs: [{ targets }] }],
  });
}
