import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { type Environment, keyValuePairs, variable } from './otel-environment.ts';

export interface ResourceOptions {
  readonly environment: Environment;
  /** Of ciris-telemetry. */
  readonly version: string;
  /** Tells this exporter from others; stable over restarts. */
  readonly instanceId: string;
}

/**
 * Who sends the metrics: `OTEL_SERVICE_NAME` before `OTEL_RESOURCE_ATTRIBUTES` before our own defaults. The instance that finally
 * counts is the attribute `service.instance.id`.
 */
export function createResource({ environment, version, instanceId }: ResourceOptions): Resource {
  const list = 'OTEL_RESOURCE_ATTRIBUTES';
  const named = variable(environment, 'OTEL_SERVICE_NAME');
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': 'ciris-telemetry',
      'service.version': version,
      'service.instance.id': instanceId,
      ...keyValuePairs(list, variable(environment, list) ?? ''),
      ...(named === undefined ? {} : { 'service.name': named }),
    }),
  );
}
