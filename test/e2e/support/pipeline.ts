import { join } from 'node:path';
import { createPool } from '../../../src/db/connect/pool.ts';
import type { Row } from '../../../src/metric/row.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { Releasers } from '../../../src/runtime/releasers.ts';
import { startCli } from './cli.ts';
import { startCollector } from './collector.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { checkout } from './parts.ts';
import { freePort } from './port.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import type { Service } from './service.ts';
import { readStoredRows } from './stored-rows.ts';

/** A real Collector with our configuration, a writer process of ours behind it, and PostgreSQL 15 behind that. */
export interface Pipeline {
  readonly postgres: Postgres;
  readonly writer: Service;
  readonly writerUrl: string;
  readonly collector: Service;
  /** Where the Collector takes OTLP/HTTP. */
  readonly endpoint: string;
  /** All rows that are stored, of all entities, in the order of entity, time and identity. */
  storedRows(): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

export async function startPipeline(): Promise<Pipeline> {
  const releasers = new Releasers();
  try {
    return await start(releasers);
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
}

async function start(releasers: Releasers): Promise<Pipeline> {
  const postgres = await startPostgres();
  releasers.add('postgres', () => postgres.stop());
  // It looks at what is stored, however busy the machine is.
  const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
  const pool = createPool(postgres.connectionString, { logger: silentLogger, ...patience });
  releasers.add('pool', () => pool.end());
  const folder = await makeFolder('pipeline');
  releasers.add('folder', () => removeFolder(folder));
  const port = await freePort();
  const writerUrl = `http://127.0.0.1:${port}`;
  const writer = await startCli({
    args: ['writer', '--port', String(port), '--state-dir', folder],
    env: { TELEMETRY_DATABASE_URL: postgres.connectionString },
    ready: `${writerUrl}/readyz`,
  });
  releasers.add('writer', () => writer.stop());
  const receiver = `127.0.0.1:${await freePort()}`;
  const health = `127.0.0.1:${await freePort()}`;
  const collector = await startCollector({
    // By itself it would take port 8888 for metrics of its own.
    configs: [join(checkout, 'otel-collector-config.yaml'), 'yaml:service::telemetry::metrics::level: none'],
    env: {
      CIRIS_OTLP_LISTEN: receiver,
      CIRIS_WRITER_ENDPOINT: writerUrl,
      CIRIS_COLLECTOR_STATE: join(folder, 'queue'),
      CIRIS_COLLECTOR_HEALTH: health,
    },
    healthUrl: `http://${health}/status`,
  });
  releasers.add('collector', () => collector.stop());
  const endpoint = `http://${receiver}`;
  return {
    postgres,
    writer,
    writerUrl,
    collector,
    endpoint,
    storedRows: () => readStoredRows(pool),
    stop: () => releasers.close(),
  };
}
