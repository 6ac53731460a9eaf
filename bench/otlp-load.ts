import { Pool } from 'undici';
import { catalog, storedEntities } from '../src/catalog/catalog.ts';
import { createFleetMeter } from '../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../src/export/observe.ts';
import { toPayload } from '../src/export/otlp/payload.ts';
import { createResource } from '../src/export/resource.ts';
import type { Row } from '../src/metric/row.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { loadRows } from '../test/e2e/support/load-rows.ts';

/** A request, and what is in it. */
export interface Load {
  readonly bytes: Uint8Array;
  readonly rows: readonly Row[];
  /** Data points, of which a row has one for each figure, and one for each state that it could be in. */
  readonly points: number;
}

/** Makes snapshots of so many containers, as the exporter sends them, each ten seconds after the one before. */
export function createLoads(containers: number): (count: number) => Promise<readonly Load[]> {
  // Well within a day, so that all are in one partition.
  let time = (Math.floor(systemClock.now() / 86_400_000) * 86_400 - 43_200) * 1e6;
  let rows: readonly Row[] = [];
  const meter = createFleetMeter({ scope: { name: 'bench' }, clock: systemClock, logger: silentLogger });
  registerObservables(meter, storedEntities(catalog), () => rows);
  const resource = createResource({
    environment: {},
    version: '0.0.0',
    instanceId: 'bench',
    logger: silentLogger,
  });
  const next = async (): Promise<Load> => {
    time += 10e6;
    rows = loadRows(time, containers);
    const { resourceMetrics } = await meter.collect();
    const payload = toPayload({ ...resourceMetrics, resource }, 'protobuf');
    if (payload === undefined) throw new Error('there is nothing to send');
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
    return { bytes: payload.bytes, rows, points };
  };
  return async (count) => {
    const loads: Load[] = [];
    for (let index = 0; index < count; index += 1) loads.push(await next());
    return loads;
  };
}

/** Sends requests to a receiver of OTLP, and insists that each is taken in whole. */
export class LoadSender {
  readonly #client: Pool;
  readonly #connections: number;

  constructor(url: string, connections: number) {
    this.#client = new Pool(url, { connections });
    this.#connections = connections;
  }

  /** As fast as answers come. Returns seconds. */
  async rush(loads: readonly Load[]): Promise<number> {
    const waiting = [...loads];
    const begun = performance.now();
    const work = async (): Promise<void> => {
      for (let load = waiting.shift(); load !== undefined; load = waiting.shift()) await this.#send(load);
    };
    await Promise.all(Array.from({ length: this.#connections }, work));
    return (performance.now() - begun) / 1000;
  }

  /** One after so many seconds, answered or not. Returns how many milliseconds each took from the time it was due. */
  async pace(loads: readonly Load[], everySeconds: number): Promise<readonly number[]> {
    const begun = performance.now();
    return await Promise.all(
      loads.map(async (load, index) => {
        const due = begun + index * everySeconds * 1000;
        const { promise, resolve } = Promise.withResolvers<void>();
        setTimeout(resolve, Math.max(0, due - performance.now()));
        await promise;
        await this.#send(load);
        return performance.now() - due;
      }),
    );
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #send({ bytes }: Load): Promise<void> {
    const { statusCode, body } = await this.#client.request({
      method: 'POST',
      path: '/v1/metrics',
      headers: { 'content-type': 'application/x-protobuf' },
      body: bytes,
    });
    // A partial success has words in it, and the Collector's has none.
    const said = (await body.text()).replaceAll(/[^ -~]+/g, '');
    if (statusCode !== 200 || said !== '') throw new Error(`answered ${statusCode}: ${said.slice(0, 300)}`);
  }
}
