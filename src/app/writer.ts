import { catalog } from '../catalog/catalog.ts';
import type { Clock } from '../runtime/clock.ts';
import { listen } from '../runtime/listen.ts';
import type { Logger } from '../runtime/logger.ts';
import { Releasers } from '../runtime/releasers.ts';
import { createWriterCore } from '../writer/core.ts';
import { createWriterServer } from '../writer/server.ts';
import { openDatabase } from './database.ts';

export interface WriterConfig {
  readonly host: string;
  readonly port: number;
  readonly maxAgeDays: number;
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
}

export interface Running {
  /** Where it listens. */
  readonly url: string;
  /** Finishes what is under way and ends; twice is safe. */
  stop(): Promise<void>;
}

const addressSettings = { host: '--host / TELEMETRY_WRITER_HOST', port: '--port / TELEMETRY_WRITER_PORT' };

const dayMs = 24 * 60 * 60 * 1000;

export interface WriterDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/** Starts the typed writer: OTLP in, rows out. It starts without its database, and answers 503 until that is there. */
export async function startWriter(
  config: WriterConfig,
  { clock, logger, signal }: WriterDeps,
): Promise<Running> {
  const releasers = new Releasers();
  try {
    const database = await openDatabase({ ...config, catalog, logger, signal });
    releasers.add('database', () => database.close());
    const limits = { maxAgeMs: config.maxAgeDays * dayMs };
    const core = createWriterCore({ catalog, store: database.store, clock, logger, limits });
    releasers.add('rows under way', () => core.close());
    const ready = async (signal: AbortSignal) => {
      const reason = await database.ping(signal);
      return [{ name: 'database', ready: reason === undefined, reason }];
    };
    const server = createWriterServer({ core, ready, logger, limits });
    releasers.add('server', () => server.close());
    const url = await listen(server, config, addressSettings);
    logger.info('receiving OTLP metrics', { url: `${url}/v1/metrics`, into: database.label });
    return { url, stop: () => releasers.close() };
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
}
