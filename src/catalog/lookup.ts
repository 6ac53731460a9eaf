import type { AnyEntity, AnyMetric } from '../metric/define.ts';
import { infoMetricName } from '../metric/row.ts';
import type { Catalog } from './catalog.ts';
import { storedEntities } from './catalog.ts';

/** What points of one metric name can mean. */
export type MetricTarget =
  | { readonly kind: 'info'; readonly entity: AnyEntity }
  | { readonly kind: 'metric'; readonly entity: AnyEntity; readonly variants: readonly Variant[] };

/** One metric of a name: its points carry exactly the entity's identity and these constant attributes. */
export interface Variant {
  /** The key of the metric in its entity, and of its value in a row. */
  readonly key: string;
  readonly metric: AnyMetric;
  readonly with: Readonly<Record<string, string>>;
}

/** From an OTLP metric name to what the catalog knows of it; only stored entities are there. */
export function indexByMetricName(catalog: Catalog): ReadonlyMap<string, MetricTarget> {
  const targets = new Map<string, MetricTarget>();
  for (const entity of storedEntities(catalog)) {
    targets.set(infoMetricName(entity), { kind: 'info', entity });
    for (const [name, variants] of variantsByName(entity))
      targets.set(name, { kind: 'metric', entity, variants });
  }
  return targets;
}

/** The metrics of an entity grouped by name: one group is one OpenTelemetry instrument. */
export function variantsByName(entity: AnyEntity): ReadonlyMap<string, readonly Variant[]> {
  const byName = new Map<string, Variant[]>();
  for (const [key, metric] of Object.entries(entity.metrics)) {
    const variant = { key, metric, with: metric.kind === 'stateset' ? {} : (metric.with ?? {}) };
    const known = byName.get(metric.name);
    if (known === undefined) byName.set(metric.name, [variant]);
    else known.push(variant);
  }
  return byName;
}
