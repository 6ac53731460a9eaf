import { startExporter } from '../../../src/app/exporter.ts';
import { loadSettings } from '../../../src/config/load.ts';
import { serveSettings } from '../../../src/config/settings.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { recordingLogger } from '../../export/support/recording-logger.ts';
import { eventually } from './eventually.ts';
import { makeFolder, removeFolder } from './folder.ts';

export interface OwnExporterOptions {
  readonly dockerHost: string;
  /** Without one, the exporter writes into the database that `env` names. */
  readonly otlpEndpoint?: string;
  readonly protocol?: 'http/protobuf' | 'http/json';
  /** Name of the exporter. */
  readonly name: string;
  /** Name of the host; that of the exporter when not given. */
  readonly serverId?: string;
  /** Further settings, by their variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** All that `serve` starts, within the test's own process, so that its snapshots can be seen as they are. */
export interface OwnExporter {
  /** How many snapshots were published. */
  snapshots(): number;
  taken(): readonly Snapshot[];
  /** The rows of all of them. */
  rows(): readonly Row[];
  /** What it warned of and complained about. */
  complaints(): readonly string[];
  /** How many of the last snapshots it had not delivered when it was stopped. */
  undelivered(): number;
  /** Resolves when so many more snapshots were published. */
  more(count: number): Promise<void>;
  /** As SIGTERM does it; the last snapshots are delivered, or stay in a spool that is removed. */
  stop(): Promise<void>;
}

export async function startOwnExporter(options: OwnExporterOptions): Promise<OwnExporter> {
  const { dockerHost, otlpEndpoint, protocol, name, serverId = name, env = {} } = options;
  const stateDir = await makeFolder('own');
  const endpoint = otlpEndpoint === undefined ? {} : { otlpEndpoint };
  const flags = { dockerHost, ...endpoint, serverId, port: '0', interval: '1' };
  const settings = loadSettings(serveSettings, { flags, env, file: undefined });
  const logger = recordingLogger();
  const exporter = await startExporter(
    { ...settings, instance: name, stateDir },
    {
      version: '0.0.0-e2e',
      clock: systemClock,
      logger,
      environment: protocol === undefined ? {} : { OTEL_EXPORTER_OTLP_PROTOCOL: protocol },
      cost: () => ({
        cpuUserSeconds: process.cpuUsage().user / 1e6,
        cpuSystemSeconds: process.cpuUsage().system / 1e6,
        residentBytes: process.memoryUsage.rss(),
      }),
    },
  );
  const taken: Snapshot[] = [];
  exporter.snapshots.subscribe((snapshot) => taken.push(snapshot));
  const first = exporter.snapshots.latest();
  if (first !== undefined) throw new Error('A snapshot was published before it could be seen');
  return {
    snapshots: () => taken.length,
    taken: () => taken,
    rows: () => taken.flatMap(({ rows }) => rows),
    complaints: () => logger.lines.filter((line) => /^(error|warn): /.test(line)),
    undelivered: () => {
      const [, left = 0] = /not yet delivered to .*: (\d+);/.exec(logger.lines.join('\n')) ?? [];
      return Number(left);
    },
    more: async (wanted) => {
      const enough = taken.length + wanted;
      await eventually(`${wanted} snapshots`, async () => taken.length >= enough || undefined);
    },
    stop: () => exporter.stop().finally(() => removeFolder(stateDir)),
  };
}
