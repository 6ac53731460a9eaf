import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Environment, Flags } from '../cli/settings-of.ts';
import { flagName, type ValuesOf } from '../config/setting.ts';
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
  readonly folder: string;
}

/** What would lead `serve` to a real fleet. */
const elsewhere = ['TELEMETRY_MANAGER_URL', 'TELEMETRY_MANAGER_TOKEN', 'TELEMETRY_AGENTS'];

/** The environment of `serve`, with the simulated fleet in place of a real one that it may name. */
export function environmentOf(given: Environment, { paths, folder }: Called): Environment {
  const inherited = Object.entries(given).filter(([name]) => !elsewhere.includes(name));
  return {
    TELEMETRY_INTERVAL: '5',
    ...Object.fromEntries(inherited),
    TELEMETRY_REGISTRY: paths.registry,
    TELEMETRY_MANAGER_CONFIG: paths.managerConfig,
    TELEMETRY_DEPLOYMENT_STATE: paths.deploymentState,
    TELEMETRY_AUDIT_LOG: paths.auditLog,
    TELEMETRY_STATE_DIR: join(folder, 'state'),
    CIRIS_ENCRYPTION_KEY: demoEncryptionKey,
  };
}

/** Of the exporter, without a path; undefined where it takes a free port. */
export function urlOf({ host, port }: ValuesOf<typeof serveSettings>): string | undefined {
  return port === 0 ? undefined : `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
