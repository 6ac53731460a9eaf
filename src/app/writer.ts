import { hostname } from 'node:os';
import { isLoopback } from '../api/host-guard.ts';
import { catalog } from '../catalog/catalog.ts';
import type { RetentionWish } from '../db/policy/wanted.ts';
import type { Clock } from '../runtime/clock.ts';
import { listen } from '../runtime/listen.ts';
import type { Logger } from '../runtime/logger.ts';
import { Releasers } from '../runtime/releasers.ts';
import { createWriterCore } from '../writer/core.ts';
import { Admission } from '../writer/http/admission.ts';
import { AnswerBook } from '../writer/http/answer-book.ts';
import { defaultWriterLimits } from '../writer/limits.ts';
import { createWriterServer } from '../writer/server.ts';
import { openDatabase } from './database.ts';
import { acceptedAgeMs } from './maintenance.ts';
import { createWriterPage } from './writer-page.ts';

export interface WriterConfig {
  readonly host: string;
  readonly port: number;
  /** As late as the retention bears when not given. */
  readonly maxAgeDays?: number | undefined;
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
  readonly maintenanceDatabaseUrl?: string | undefined;
  readonly retention?: RetentionWish | undefined;
  /** What senders must show; everybody may send when there is none. */
  readonly token?: string | undefined;
  /** `service.instance.id` on `/metrics`; the host name when not given. */
  readonly instance?: string | undefined;
}

export interface Running {
  /** Where it listens. */
  readonly url: string;
  /** Finishes what is under way and ends; twice is safe. */
  stop(): Promise<void>;
}

const addressSettings = { host: '--host / TELEMETRY_WRITER_HOST', port: '--port / TELEMETRY_WRITER_PORT' };

export interface WriterDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/** Starts the typed writer: OTLP in, rows out. It starts without its database, and answers 503 until that is there. */
export async function startWriter(config: WriterConfig, deps: WriterDeps): Promise<Running> {
  const releasers = new Releasers();
  try {
    return await start(config, deps, releasers);
  } catch (thrown) {
    await releasers.close();
    throw thrown;
  }
}

async function start(config: WriterConfig, deps: WriterDeps, releasers: Releasers): Promise<Running> {
  const { clock, logger, signal } = deps;
  const { token, instance = hostname() } = config;
  const maxAgeMs = acceptedAgeMs(catalog, config.retention, config.maxAgeDays);
  const database = await openDatabase({ ...config, catalog, clock, logger, signal });
  releasers.add('database', () => database.close());
  const limits = { ...defaultWriterLimits, maxAgeMs };
  const { store, points, events } = database;
  const core = createWriterCore({ catalog, store, points, events, clock, logger, limits });
  releasers.add('rows under way', () => core.close());
  const admission = new Admission(limits);
  const answers = new AnswerBook();
  const page = createWriterPage({ instance, core, answers, admission, database, clock, logger });
  releasers.add('/metrics', () => page.shutdown());
  const ready = async (signal: AbortSignal) => {
    const reason = await database.ping(signal);
    return [{ name: 'database', ready: reason === undefined, reason }];
  };
  const server = createWriterServer({
    core,
    ready,
    logger,
    limits,
    token,
    admission,
    answers,
    renderMetrics: (request) => page.render(request),
  });
  releasers.add('server', () => server.close());
  const url = await listen(server, config, addressSettings);
  logger.info('receiving OTLP metrics and events', { url: `${url}/v1/metrics`, into: database.label });
  warnOfOpenDoor(config, logger);
  return { url, stop: () => releasers.close() };
}

function warnOfOpenDoor({ host, token }: WriterConfig, logger: Logger): void {
  if (token !== undefined || isLoopback(host)) return;
  logger.warn(
    `whoever reaches ${host} may store what they like: set --token / TELEMETRY_WRITER_TOKEN and give senders the same, ` +
      'let a firewall or a network of containers keep others out, or listen on 127.0.0.1',
  );
}
