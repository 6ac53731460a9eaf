import { startExporter } from '../../../src/app/exporter.ts';
import { loadSettings } from '../../../src/config/load.ts';
import { serveSettings } from '../../../src/config/settings.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { eventually } from './eventually.ts';
import { makeFolder, removeFolder } from './folder.ts';

export interface OwnExporterOptions {
  readonly dockerHost: string;
  readonly otlpEndpoint: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** Name of the host and of the exporter. */
  readonly name: string;
}

/** All that `serve` starts, within the test's own process, so that its snapshots can be seen as they are. */
export interface OwnExporter {
  /** How many snapshots were published. */
  snapshots(): number;
  /** The rows of all of them. */
  rows(): readonly Row[];
  /** Resolves when so many more snapshots were published. */
  more(count: number): Promise<void>;
  /** As SIGTERM does it; the last snapshots are delivered, or stay in a spool that is removed. */
  stop(): Promise<void>;
}

export async function startOwnExporter(options: OwnExporterOptions): Promise<OwnExporter> {
  const { dockerHost, otlpEndpoint, protocol, name } = options;
  const stateDir = await makeFolder('own');
  const flags = { dockerHost, otlpEndpoint, serverId: name, port: '0', interval: '1' };
  const settings = loadSettings(serveSettings, { flags, env: {}, file: undefined });
  const exporter = await startExporter(
    { ...settings, instance: name, stateDir },
    {
      version: '0.0.0-e2e',
      clock: systemClock,
      logger: silentLogger,
      environment: { OTEL_EXPORTER_OTLP_PROTOCOL: protocol },
      cost: () => ({
        cpuUserSeconds: process.cpuUsage().user / 1e6,
        cpuSystemSeconds: process.cpuUsage().system / 1e6,
        residentBytes: process.memoryUsage.rss(),
      }),
    },
  );
  let count = 0;
  const rows: Row[] = [];
  exporter.snapshots.subscribe((snapshot) => {
    count += 1;
    rows.push(...snapshot.rows);
  });
  const first = exporter.snapshots.latest();
  if (first !== undefined) throw new Error('A snapshot was published before it could be seen');
  return {
    snapshots: () => count,
    rows: () => rows,
    more: async (wanted) => {
      const enough = count + wanted;
      await eventually(`${wanted} snapshots`, async () => count >= enough || undefined, 90_000);
    },
    stop: () => exporter.stop().finally(() => removeFolder(stateDir)),
  };
}
