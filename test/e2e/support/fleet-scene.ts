import { Client } from 'pg';
import { createPool } from '../../../src/db/connect/pool.ts';
import { demoAgents, demoDeployments } from '../../../src/demo/cast.ts';
import type { Row } from '../../../src/metric/row.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import type { Releasers } from '../../../src/runtime/releasers.ts';
import { startEngine } from './engine.ts';
import { type ExporterProcess, startExporterProcess } from './exporter.ts';
import { AgentContainers, type LiveFleet, startLiveFleet } from './live-fleet.ts';
import { type OwnExporter, type OwnExporterOptions, startOwnExporter } from './own-exporter.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { readStoredRows } from './stored-rows.ts';

export const wayNames = ['OTLP as protobuf', 'OTLP as JSON', 'the writer within the process'] as const;
export type WayName = (typeof wayNames)[number];

/** An exporter whose snapshots are seen as they are taken, and what is stored of them. */
export interface Way {
  readonly exporter: OwnExporter;
  storedRows(): Promise<readonly Row[]>;
}

/** The simulated fleet, with real containers for its agents of this host, watched in several ways at once. */
export interface FleetScene {
  readonly fleet: LiveFleet;
  /** A `serve` process with all that a manager leaves, and a database. */
  readonly served: ExporterProcess;
  readonly servedRows: () => Promise<readonly Row[]>;
  /** Scrapes that process. */
  readonly prometheus: Prometheus;
  readonly ways: Readonly<Record<WayName, Way>>;
}

export async function playFleetScene(releasers: Releasers): Promise<FleetScene> {
  const keep = async <T extends { stop(): Promise<void> }>(
    name: string,
    starting: Promise<T>,
  ): Promise<T> => {
    const started = await starting;
    releasers.add(name, () => started.stop());
    return started;
  };
  const [engine, protobuf, json] = await Promise.all([
    keep('engine', startEngine('docker-newest')),
    keep('pipeline', startPipeline()),
    keep('pipeline', startPipeline()),
  ]);
  const here = demoAgents.filter(({ serverId }) => serverId === 'main');
  const containers = new AgentContainers(engine, here);
  await containers.follow(0);
  const databases = await createDatabases(protobuf, releasers);

  const fleet = await keep(
    'fleet',
    startLiveFleet({
      agents: demoAgents,
      deployments: demoDeployments,
      containers,
      // Whoever watches it is there before it begins, on a slow machine too.
      beginsInMs: 10_000,
    }),
  );
  const own = (options: Pick<OwnExporterOptions, 'name' | 'otlpEndpoint' | 'protocol' | 'env'>) =>
    keep(
      options.name,
      startOwnExporter({
        dockerHost: engine.host,
        serverId: 'main',
        ...options,
        env: { ...fleet.env, ...options.env },
      }),
    );
  const [served, one, two, three] = await Promise.all([
    keep(
      'served',
      startExporterProcess({
        dockerHost: engine.host,
        env: { ...fleet.env, TELEMETRY_DATABASE_URL: databases.served.url },
      }),
    ),
    own({ name: 'one', otlpEndpoint: protobuf.endpoint, protocol: 'http/protobuf' }),
    own({ name: 'two', otlpEndpoint: json.endpoint, protocol: 'http/json' }),
    own({ name: 'three', env: { TELEMETRY_DATABASE_URL: databases.own.url } }),
  ]);
  const prometheus = await keep('prometheus', startPrometheus({ major: 3, targets: [served.address] }));
  return {
    fleet,
    served,
    servedRows: databases.served.rows,
    prometheus,
    ways: {
      'OTLP as protobuf': { exporter: one, storedRows: protobuf.storedRows },
      'OTLP as JSON': { exporter: two, storedRows: json.storedRows },
      'the writer within the process': { exporter: three, storedRows: databases.own.rows },
    },
  };
}

async function createDatabases({ postgres: { connectionString } }: Pipeline, releasers: Releasers) {
  const client = new Client({ connectionString });
  await client.connect();
  for (const name of ['own', 'served']) await client.query(`create database ${name}`);
  await client.end();
  const databaseOf = (name: string) => {
    const url = connectionString.replace(/\/postgres$/, `/${name}`);
    const patience = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 };
    const pool = createPool(url, { logger: silentLogger, ...patience });
    releasers.add(`pool of ${name}`, () => pool.end());
    return { url, rows: () => readStoredRows(pool) };
  };
  return { own: databaseOf('own'), served: databaseOf('served') };
}
