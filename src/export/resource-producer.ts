import type { Resource } from '@opentelemetry/resources';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';

/**
 * What a reader is bound to in place of an SDK's meter provider: it has no points of its own and says whose points
 * the reader's other producers yield.
 */
export function createResourceProducer(resource: Resource): MetricProducer {
  return {
    collect: () => Promise.resolve({ resourceMetrics: { resource, scopeMetrics: [] }, errors: [] }),
  };
}
