import { z } from 'zod';
import { snapshotOptions } from '../snapshot/options.ts';
import { retentionSettings } from './retention.ts';
import { setting } from './setting.ts';
import { watchSettings } from './watch-settings.ts';

const optionalText = z.string().min(1).optional();
/** Only a shell knows what `~` stands for; here it would be a folder of that name. */
const path = z.string().regex(/^[^~]/).optional();
/** An IPv6 address may come with the brackets that it has in a URL. */
const host = z
  .string()
  .min(1)
  .transform((text) => text.replace(/^\[(.+)\]$/, '$1'))
  .default('127.0.0.1');
const port = z.number().int().min(0).max(65_535);

/** Settings that every command shares. */
export const sharedSettings = {
  databaseUrl: setting({
    schema: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .optional(),
    brief: 'PostgreSQL (14 or newer) that keeps the history.',
    accepts: 'an address such as postgres://user:password@host:5432/database',
    env: ['TELEMETRY_DATABASE_URL'],
    otherwise: 'an embedded PostgreSQL in the state directory',
    secret: true,
  }),
  stateDir: setting({
    schema: path,
    brief: 'Folder for the embedded database and for snapshots that wait for delivery.',
    accepts: 'the path of a folder, without ~',
    env: ['TELEMETRY_STATE_DIR', 'STATE_DIRECTORY'],
    otherwise: '/var/lib/ciris-telemetry for root, else ~/.local/state/ciris-telemetry',
  }),
  logLevel: setting({
    schema: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
    brief: 'The least severe messages that are logged.',
    accepts: 'error, warn, info or debug',
    env: ['TELEMETRY_LOG_LEVEL'],
  }),
  logFormat: setting({
    schema: z.enum(['text', 'json']).default('text'),
    brief: 'Log lines for people or for programs.',
    accepts: 'text or json',
    env: ['TELEMETRY_LOG_FORMAT'],
  }),
  ...retentionSettings,
};

/** Where the engine is, and what of it is read. */
export const dockerSettings = {
  serverId: setting({
    schema: z.string().min(1).default('main'),
    brief: 'Name of this host in every figure: ciris.server.id.',
    accepts: 'a short name',
    env: ['TELEMETRY_SERVER_ID'],
  }),
  dockerHost: setting({
    schema: z.string().min(1).default('unix:///var/run/docker.sock'),
    brief: 'The Docker-compatible engine to watch.',
    accepts: 'unix:///path/to/socket, tcp://host:port, http://host:port or https://host:port',
    env: ['DOCKER_HOST'],
  }),
  dockerTlsVerify: setting({
    schema: z.boolean().optional(),
    brief: 'Whether a tcp:// engine is spoken to by TLS and verified.',
    accepts: 'true or false',
    env: ['DOCKER_TLS_VERIFY'],
    otherwise: 'plain for tcp://',
  }),
  dockerCertPath: setting({
    schema: path,
    brief: 'Folder with ca.pem, cert.pem and key.pem for the engine.',
    accepts: 'the path of a folder, without ~',
    env: ['DOCKER_CERT_PATH'],
  }),
  dockerApiVersion: setting({
    schema: z
      .string()
      .regex(/^\d+\.\d+$/)
      .optional(),
    brief: 'API version to speak instead of the one agreed with the engine.',
    accepts: 'a version such as 1.44',
    env: ['DOCKER_API_VERSION'],
    otherwise: 'the newest that both sides know',
  }),
  labels: setting({
    schema: z
      .array(z.string().min(1))
      .default(['com.docker.compose.project', 'com.docker.compose.service', 'ai.ciris.agents.id']),
    brief: 'Container labels to show; all others are left out.',
    accepts: 'label names with commas between them',
    env: ['TELEMETRY_LABELS'],
  }),
};

/** When snapshots are taken, and as whose. */
export const snapshotSettings = {
  interval: setting({
    schema: snapshotOptions.shape.interval,
    brief: 'Seconds from one snapshot to the next.',
    accepts: 'seconds from 1 to 86400',
    env: ['TELEMETRY_INTERVAL'],
  }),
  collectTimeout: setting({
    schema: snapshotOptions.shape.collectTimeout,
    brief:
      'Seconds that the sources have for one snapshot. Of more than 10, an engine has half for one answer.',
    accepts: 'seconds from 0.1 to 600',
    env: ['TELEMETRY_COLLECT_TIMEOUT'],
    otherwise: '90 % of the interval, at least 3 and at most 10',
  }),
  instance: setting({
    schema: optionalText,
    brief: 'Name of this exporter: service.instance.id.',
    accepts: 'a name that stays the same over restarts',
    env: ['TELEMETRY_INSTANCE'],
    otherwise: 'the host name',
  }),
};

/** Settings of `serve`. */
export const serveSettings = {
  enabled: setting({
    schema: z.boolean().default(true),
    brief: 'Whether anything is started at all.',
    accepts: 'true or false',
    env: ['TELEMETRY_ENABLED'],
  }),
  host: setting({
    schema: host,
    brief: 'Address for /metrics and the API; whatever it is, the API answers to this machine alone.',
    accepts: 'an address of this machine',
    env: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
  }),
  port: setting({
    schema: port.default(9464),
    brief: 'Port for /metrics and the API; 0 takes a free one.',
    accepts: 'a number from 0 to 65535',
    env: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
  }),
  ...snapshotSettings,
  ...dockerSettings,
  ...watchSettings,
  otlpEndpoint: setting({
    schema: z
      .string()
      // With the path in it, as many write it, it would come twice, and each snapshot be refused for good.
      .regex(/^https?:\/\/(?!.*\/v1\/metrics\/?$)/)
      .optional(),
    brief:
      'OTLP/HTTP endpoint that every snapshot is pushed to, /v1/metrics appended; then nothing is stored here.',
    accepts: 'an address such as http://127.0.0.1:4318, without /v1/metrics',
    env: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
    otherwise: 'snapshots go straight to the database',
  }),
  maxSeries: setting({
    schema: z.number().int().min(1).max(1_000_000).default(10_000),
    brief: 'Live series that one metric may have; more are left out and counted.',
    accepts: 'a number from 1 to 1000000',
    env: ['TELEMETRY_MAX_SERIES'],
  }),
  spoolSize: setting({
    schema: z.number().int().min(1).max(1_000_000).default(256),
    brief:
      'Mebibytes of snapshots that may wait for delivery; beyond that the oldest is dropped and counted.',
    accepts: 'mebibytes from 1 to 1000000',
    env: ['TELEMETRY_SPOOL_SIZE'],
  }),
  ...sharedSettings,
};

/** Settings of `writer`; in the file they stand under `writer:`, except for the shared ones. */
export const writerSettings = {
  host: setting({
    schema: host,
    brief: 'Address on which OTLP/HTTP is received.',
    accepts: 'an address of this machine',
    env: ['TELEMETRY_WRITER_HOST'],
  }),
  port: setting({
    schema: port.default(4320),
    brief: 'Port on which OTLP/HTTP is received; 0 takes a free one.',
    accepts: 'a number from 0 to 65535',
    env: ['TELEMETRY_WRITER_PORT'],
  }),
  token: setting({
    schema: z
      .string()
      .regex(/^[!-~]+$/)
      .optional(),
    brief:
      'Token that senders of OTLP must show, as "Authorization: Bearer"; /metrics, /healthz and /readyz stay open.',
    accepts: 'a text of ASCII characters without spaces',
    env: ['TELEMETRY_WRITER_TOKEN'],
    otherwise: 'everybody who reaches the address may send',
    secret: true,
  }),
  instance: setting({
    schema: optionalText,
    brief: 'Name of this writer on its own /metrics: service.instance.id.',
    accepts: 'a name that stays the same over restarts',
    env: ['TELEMETRY_WRITER_INSTANCE'],
    otherwise: 'the host name',
  }),
  maxAgeDays: setting({
    schema: z.number().min(0.01).max(3650).optional(),
    brief: 'Days after which a point is too old to be stored; no more than retention accepts as late.',
    accepts: 'days from 0.01 to 3650',
    env: ['TELEMETRY_WRITER_MAX_AGE_DAYS'],
    otherwise: 'what retention accepts as late: 5',
  }),
};

/** Settings of `collect`. */
export const collectSettings = {
  collectTimeout: snapshotSettings.collectTimeout,
  instance: snapshotSettings.instance,
  ...dockerSettings,
  ...watchSettings,
  logLevel: { ...sharedSettings.logLevel, schema: sharedSettings.logLevel.schema },
  logFormat: sharedSettings.logFormat,
};
