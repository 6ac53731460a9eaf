import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { catalog, storedEntities } from '../../../src/catalog/catalog.ts';
import { createFleetMeter } from '../../../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../../../src/export/observe.ts';
import { createHttpSender } from '../../../src/export/otlp/http-sender.ts';
import { readOtelSettings } from '../../../src/export/otlp/otel-settings.ts';
import { createPush } from '../../../src/export/otlp/push.ts';
import { openSpool, type Spool } from '../../../src/export/otlp/spool.ts';
import { createResource } from '../../../src/export/resource.ts';
import type { Row } from '../../../src/metric/row.ts';
import { type Micros, microsFromMs } from '../../../src/metric/time.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Logger } from '../../../src/runtime/logger.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { type LoadLog, openLoadLog } from './load-log.ts';
import { loadRows } from './load-rows.ts';
import { registerStrange, strangeRows } from './strange-rows.ts';

/**
 * The exporter's own spool and delivery with snapshots made up on the spot, as many and as large as wanted, and a log of them: a
 * program of its own, so that it can be killed.
 */
const settings = z.object({
  endpoint: z.url(),
  spool: z.string(),
  log: z.string(),
  containers: z.coerce.number().int().positive(),
  intervalMs: z.coerce.number().int().positive(),
  /** Takes no more snapshots, and ends when all that waits is delivered. */
  drain: z.boolean().default(false),
});

const say = (level: string) => (message: string) => void process.stderr.write(`${level} ${message}\n`);
const logger: Logger = { error: say('error'), warn: say('warn'), info: say('info'), debug: () => {} };

/** Says of what it took that it is kept: the bytes of a payload hold the times of its points. */
function recording(spool: Spool, log: LoadLog, unwritten: Set<Micros>): Spool {
  return {
    append: async (payload) => {
      await spool.append(payload);
      for (const time of unwritten) {
        if (!Buffer.from(payload.bytes).includes(nanosOf(time))) continue;
        unwritten.delete(time);
        log.kept(time);
      }
    },
    oldest: () => spool.oldest(),
    remove: (entry) => spool.remove(entry),
    stats: () => spool.stats(),
  };
}

/** As OTLP writes a time. */
function nanosOf(time: Micros): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(time) * 1000n);
  return bytes;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string' },
      spool: { type: 'string' },
      log: { type: 'string' },
      containers: { type: 'string' },
      intervalMs: { type: 'string' },
      drain: { type: 'boolean' },
    },
  });
  const { endpoint, spool: directory, log: logPath, containers, intervalMs, drain } = settings.parse(values);
  const log = openLoadLog(logPath);
  const { otlp } = readOtelSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  if (otlp === undefined) throw new Error(`${endpoint} is no endpoint`);
  let rows: readonly Row[] = [];
  const meter = createFleetMeter({ scope: { name: 'load' }, clock: systemClock, logger });
  registerObservables(meter, storedEntities(catalog), () => rows);
  registerStrange(meter, () => rows);
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const unwritten = new Set<Micros>();
  const push = createPush({
    producer: meter,
    resource: createResource({ environment: {}, version: '0.0.0-e2e', instanceId: 'load', logger }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    sender: await createHttpSender({ settings: otlp, clock: systemClock, userAgent: 'load' }),
    spool: recording(await openSpool({ directory, logger }), log, unwritten),
    encoding: otlp.encoding,
    clock: systemClock,
    logger,
    // Whatever is killed comes back within seconds.
    maxBackoffMs: 2000,
  });
  let sequence = 0;
  const take = (): void => {
    const time = microsFromMs(Date.now());
    rows = [...loadRows(time, containers), ...strangeRows(time)];
    sequence += 1;
    unwritten.add(time);
    log.taken(time);
    const snapshot = { id: String(time), sequence, time, durationMs: 1, rows, findings: [], outcomes: [] };
    for (const listener of listeners) listener(snapshot);
  };
  const timer = drain ? undefined : setInterval(take, intervalMs);
  process.stderr.write('taking snapshots\n');
  if (drain) await push.flush(AbortSignal.timeout(600_000));
  else await once(process, 'SIGTERM');
  clearInterval(timer);
  await push.stop(3000);
  const { waitingSnapshots } = push.stats();
  process.stderr.write(`${waitingSnapshots} snapshots wait\n`);
  if (drain && waitingSnapshots > 0) process.exitCode = 1;
}

await run();
