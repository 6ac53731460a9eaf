import { join } from 'node:path';
import type { Resource } from '@opentelemetry/resources';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Catalog } from '../catalog/catalog.ts';
import { createHttpSender } from '../export/otlp/http-sender.ts';
import type { OtlpSettings } from '../export/otlp/otel-settings.ts';
import { createPush, type Push } from '../export/otlp/push.ts';
import { openSpool } from '../export/otlp/spool.ts';
import type { Payload, Sender } from '../export/sender.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Releasers } from '../runtime/releasers.ts';
import type { SnapshotSource } from '../snapshot/snapshot.ts';
import type { Database } from './database.ts';
import { lockSpool } from './spool-lock.ts';

export interface SenderOptions {
  readonly otlp: OtlpSettings | undefined;
  /** Where snapshots go without an OTLP endpoint. */
  readonly database: Database | undefined;
  readonly catalog: Catalog;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where snapshots go: the OTLP endpoint, or else the database by the writer within this process; undefined without either. */
export async function chooseSender(options: SenderOptions): Promise<Sender | undefined> {
  const { otlp, database, catalog, version, clock, logger } = options;
  if (otlp !== undefined) {
    return createHttpSender({ settings: otlp, clock, userAgent: `ciris-telemetry/${version}` });
  }
  if (database === undefined) return undefined;
  // Loaded only here: an exporter that pushes elsewhere has no use for a writer.
  const { createWriterCore } = await import('../writer/core.ts');
  const { createLocalSender } = await import('../writer/local-sender.ts');
  // What waited longer than that belongs to a time whose rollups are settled: it is refused, and counted.
  const limits = { maxAgeMs: database.acceptsMs };
  const core = createWriterCore({ catalog, store: database.store, clock, logger, limits });
  return createLocalSender(core, database.label);
}

const deliveryWithinMs = 2_500;

export interface DeliveryOptions {
  readonly sender: Sender;
  readonly encoding: Payload['encoding'];
  readonly stateDir: string;
  readonly spoolMebibytes: number;
  readonly producer: MetricProducer;
  readonly resource: Resource;
  readonly subscribe: SnapshotSource['subscribe'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Delivers every snapshot in order; what is not accepted yet waits in the state directory, which is locked until all is released. */
export async function startDelivery(options: DeliveryOptions, releasers: Releasers): Promise<Push> {
  const { stateDir, spoolMebibytes, logger } = options;
  const directory = join(stateDir, 'spool');
  const lock = await lockSpool(directory, logger);
  releasers.add('spool', () => lock?.release());
  const spool = await openSpool({ directory, maxBytes: spoolMebibytes * 2 ** 20, logger });
  const push = createPush({ ...options, spool });
  releasers.add('delivery', () => push.stop(deliveryWithinMs));
  return push;
}
