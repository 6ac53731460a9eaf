import type { AnyEntity, AnyMetric } from '../metric/define.ts';
import { infoMetricName } from '../metric/row.ts';
import type { Catalog } from './catalog.ts';
import { variantsByName } from './lookup.ts';
import { cleanName, prometheusName } from './prometheus-name.ts';

/** All points of one metric name: one OpenTelemetry instrument, one Prometheus family. */
export interface Family {
  readonly name: string;
  readonly entity: AnyEntity;
  readonly kind: AnyMetric['kind'] | 'info';
  readonly unit: string;
  readonly brief: string;
  /** Attributes of its points, the identity of the entity first. */
  readonly attributes: readonly string[];
  readonly prometheusName: string;
}

/** The families of a catalog, entity by entity, as defined; the info metric of an entity leads. */
export function familiesOf({ entities }: Catalog): readonly Family[] {
  return entities.flatMap((entity) => [
    ...infoFamily(entity),
    ...[...variantsByName(entity).values()].flatMap(([variant]) =>
      variant === undefined ? [] : [metricFamily(entity, variant.metric)],
    ),
  ]);
}

/** An attribute's name as a Prometheus label. */
export function labelName(attribute: string): string {
  return cleanName(attribute, /[^a-zA-Z0-9_]+/g);
}

function infoFamily(entity: AnyEntity): readonly Family[] {
  const info = [...Object.keys(entity.info), ...Object.keys(entity.infoMaps)];
  if (info.length === 0) return [];
  const name = infoMetricName(entity);
  const attributes = [...Object.keys(entity.identity), ...info];
  const prometheus = prometheusName({ name, unit: '', monotonic: false });
  return [
    { name, entity, kind: 'info', unit: '', brief: entity.brief, attributes, prometheusName: prometheus },
  ];
}

function metricFamily(entity: AnyEntity, metric: AnyMetric): Family {
  const { name, kind, brief } = metric;
  const unit = kind === 'stateset' ? '' : metric.unit;
  const own = kind === 'stateset' ? [name] : Object.keys(metric.with ?? {});
  return {
    name,
    entity,
    kind,
    unit,
    brief,
    attributes: [...Object.keys(entity.identity), ...own],
    prometheusName: prometheusName({ name, unit, monotonic: kind === 'counter' }),
  };
}
