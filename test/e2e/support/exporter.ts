import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { historySchema, statusSchema } from '../../../src/api/schemas.ts';
import { startCli } from './cli.ts';
import { parseExposition, type Sample } from './exposition.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { freePort } from './port.ts';
import { succeed } from './program.ts';
import type { Service } from './service.ts';

export interface ExporterOptions {
  /** As DOCKER_HOST takes it. */
  readonly dockerHost: string;
  /** Flags besides those for port, state directory and an interval of a second. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs it as this user when the test runs as root. */
  readonly user?: string;
}

export type Status = z.infer<typeof statusSchema>;
export type StatusRow = NonNullable<Status['entities'][string]>['rows'][number];

/** A `ciris-telemetry serve` of ours, with a snapshot every second and a state directory of its own. */
export interface ExporterProcess extends Service {
  /** "host:port" */
  readonly address: string;
  readonly url: string;
  readonly stateDir: string;
  /** Its exposition, as text 0.0.4. */
  metrics(): Promise<string>;
  samples(): Promise<readonly Sample[]>;
  /** The latest snapshot, or what of it the parameters name. */
  status(parameters?: Readonly<Record<string, string>>): Promise<Status>;
  /** The rows of one entity in the latest snapshot. */
  rows(entity: string): Promise<readonly StatusRow[]>;
  history(parameters: Readonly<Record<string, string>>): Promise<z.infer<typeof historySchema>>;
  /** How many snapshots wait in its spool, on disk. */
  spooled(): Promise<number>;
}

export async function startExporterProcess(options: ExporterOptions): Promise<ExporterProcess> {
  const { dockerHost, args = [], env = {}, user } = options;
  const stateDir = await makeFolder('state');
  if (user !== undefined) await succeed({ command: 'chown', args: [user, stateDir] });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  const service = await startCli({
    args: ['serve', '--port', String(port), '--state-dir', stateDir, '--interval', '1', ...args],
    env: { DOCKER_HOST: dockerHost, ...env },
    ...(user === undefined ? {} : { user }),
    ready: `${url}/readyz`,
  }).catch(async (error: unknown) => {
    await removeFolder(stateDir);
    throw error;
  });
  const stop = () => service.stop().finally(() => removeFolder(stateDir));
  const get = async (path: string): Promise<Response> => {
    const response = await fetch(url + path);
    if (response.ok) return response;
    const log = service.output().slice(-2000);
    throw new Error(`${path} answered ${response.status}: ${await response.text()}\n${log}`);
  };
  const metrics = async () => (await get('/metrics')).text();
  const status = async (parameters: Readonly<Record<string, string>> = {}) => {
    const response = await get(`/telemetry/status?${new URLSearchParams(parameters)}`);
    return statusSchema.parse(await response.json());
  };
  return {
    ...service,
    address,
    url,
    stateDir,
    metrics,
    samples: async () => parseExposition(await metrics()),
    status,
    rows: async (entity) => (await status({ entity })).entities[entity]?.rows ?? [],
    history: async (parameters) => {
      const response = await get(`/telemetry/history?${new URLSearchParams(parameters)}`);
      return historySchema.parse(await response.json());
    },
    spooled: async () =>
      (await readdir(join(stateDir, 'spool'))).filter((name) => name.endsWith('.pb')).length,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
