import { collectSettings, serveSettings, writerSettings } from '../config/settings.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Environment } from './settings-of.ts';

const known = new Set([
  'TELEMETRY_CONFIG',
  ...[serveSettings, writerSettings, collectSettings].flatMap((settings) =>
    Object.values(settings).flatMap(({ env }) => env),
  ),
]);

/** What Kubernetes sets in every container when a service is called `telemetry`. */
const ofKubernetes = /^TELEMETRY_(SERVICE|PORT)(_|$)/;

/** A typing error in a variable must not pass as a default without a word. It is no error: the prefix is not ours alone. */
export function warnOfStrayVariables(env: Environment, logger: Logger): void {
  const stray = Object.keys(env).filter(
    (name) => name.startsWith('TELEMETRY_') && !known.has(name) && !ofKubernetes.test(name),
  );
  if (stray.length === 0) return;
  logger.warn(`no setting is read from ${stray.sort().join(', ')}: --help lists the variables that are read`);
}
