import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { decoded, type Environment, keyValuePairs, variable } from './otel-environment.ts';

export interface ResourceOptions {
  readonly environment: Environment;
  /** Of ciris-telemetry. */
  readonly version: string;
  /** Tells this exporter from others; stable over restarts. */
  readonly instanceId: string;
  readonly logger: Logger;
}

/**
 * Who sends the metrics: `OTEL_SERVICE_NAME` before `OTEL_RESOURCE_ATTRIBUTES` before our own defaults. The instance that finally
 * counts is the attribute `service.instance.id`.
 */
export function createResource({ environment, version, instanceId, logger }: ResourceOptions): Resource {
  const ours = {
    'service.name': 'ciris-telemetry',
    'service.version': version,
    'service.instance.id': instanceId,
  };
  const named = variable(environment, 'OTEL_SERVICE_NAME');
  return defaultResource().merge(
    resourceFromAttributes({
      ...ours,
      // A program without a name, as where a variable in the list was not set, is told from no other.
      ...Object.fromEntries(
        listed(environment, logger).filter(([key, value]) => value !== '' || !(key in ours)),
      ),
      ...(named === undefined ? {} : { 'service.name': named }),
    }),
  );
}

/** As its specification wants it, a list that cannot be read is passed over whole. */
function listed(environment: Environment, logger: Logger): readonly (readonly [string, string])[] {
  const list = 'OTEL_RESOURCE_ATTRIBUTES';
  try {
    const pairs = keyValuePairs(list, variable(environment, list) ?? '');
    return pairs.map(([key, value]) => [decoded(key) ?? key, value]);
  } catch (thrown) {
    logger.error(`${messageOf(thrown)}; none of it is used until then`);
    return [];
  }
}
