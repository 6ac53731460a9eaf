import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Environment, Flags } from '../cli/settings-of.ts';
import { flagName, type Setting, type ValuesOf } from '../config/setting.ts';
import { serveSettings } from '../config/settings.ts';
import { messageOf, TelemetryError } from '../runtime/errors.ts';
import { demoEncryptionKey } from './fernet.ts';
import type { FleetPaths } from './fleet-folder.ts';

/** Everything that `serve` takes. */
export function flagsOf(words: readonly string[]): Flags {
  const names = new Map(Object.keys(serveSettings).map((key) => [flagName(key), key]));
  const options = Object.fromEntries(
    [...names.keys(), 'config'].map((name) => [name, { type: 'string' } as const]),
  );
  try {
    const { values } = parseArgs({ args: [...words], options });
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [names.get(name) ?? name, String(value)]),
    );
  } catch (thrown) {
    const message = `the demo takes the flags of serve, and this is none of them: ${messageOf(thrown)}`;
    throw new TelemetryError('setting_invalid', message, { cause: thrown });
  }
}

interface Called {
  readonly paths: FleetPaths;
  /** Addresses that are probed as public ones are. */
  readonly endpoints: readonly string[];
  readonly folder: string;
}

const {
  agents,
  auditLog,
  databaseUrl,
  deploymentState,
  encryptionKey,
  endpoints,
  encryptionSalt,
  interval,
  jwtSecret,
  managerConfig,
  managerToken,
  managerTokenFile,
  managerUrl,
  otlpEndpoint,
  registry,
  stateDir,
} = serveSettings;

/** Variables that lead `serve` to a real fleet, or simulated figures to where real ones are kept. */
const elsewhere: ReadonlySet<string> = new Set([
  'TELEMETRY_CONFIG',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  ...[agents, managerUrl, managerToken, managerTokenFile, jwtSecret, encryptionSalt].flatMap(
    ({ env }) => env,
  ),
  ...[databaseUrl, otlpEndpoint].flatMap(({ env }) => env),
]);

/** The environment of `serve`, with the simulated fleet in place of a real one that it may name. */
export function environmentOf(given: Environment, called: Called): Environment {
  const { paths, folder } = called;
  const own: readonly (readonly [Setting<unknown>, string])[] = [
    [registry, paths.registry],
    [managerConfig, paths.managerConfig],
    [deploymentState, paths.deploymentState],
    [auditLog, paths.auditLog],
    [encryptionKey, demoEncryptionKey],
    [endpoints, called.endpoints.join(',')],
    [stateDir, join(folder, 'state')],
  ];
  const set = (settings: typeof own) => settings.map(([{ env }, value]) => [env[0], value]);
  return Object.fromEntries([
    ...set([[interval, '5']]),
    ...Object.entries(given).filter(([name]) => !elsewhere.has(name)),
    ...set(own),
  ]);
}

/** Of the exporter, without a path; undefined where it takes a free port. */
export function urlOf({ host, port }: ValuesOf<typeof serveSettings>): string | undefined {
  return port === 0 ? undefined : `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
