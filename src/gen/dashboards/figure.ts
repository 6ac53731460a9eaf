import { labelName } from '../../catalog/families.ts';
import { prometheusName } from '../../catalog/prometheus-name.ts';
import { type Column, schemaName, tableOf } from '../../catalog/table.ts';
import type { AnyEntity, AnyMetric } from '../../metric/define.ts';

/** A metric as panels name it: by its definition, so that no name of a metric, label or column is ever typed. */
export interface Figure {
  readonly entity: AnyEntity;
  readonly key: string;
  readonly metric: AnyMetric;
}

export function figure<E extends AnyEntity>(entity: E, key: keyof E['metrics'] & string): Figure {
  const metrics: AnyEntity['metrics'] = entity.metrics;
  const metric = metrics[key];
  if (metric === undefined) throw new Error(`${entity.name} has no metric ${key}`);
  return { entity, key, metric };
}

/** The name of an identity or info attribute of an entity, checked by the compiler. */
export function attribute<E extends AnyEntity>(
  _entity: E,
  name: (keyof E['identity'] | keyof E['info']) & string,
): string {
  return name;
}

export function familyName({ metric }: Figure): string {
  const unit = metric.kind === 'stateset' ? '' : metric.unit;
  return prometheusName({ name: metric.name, unit, monotonic: metric.kind === 'counter' });
}

/** The attributes that tell a figure from others of its name. */
export function constantsOf({ metric }: Figure): Readonly<Record<string, string>> {
  return metric.kind === 'stateset' ? {} : (metric.with ?? {});
}

export function identityLabels(entity: AnyEntity): readonly string[] {
  return Object.keys(entity.identity).map(labelName);
}

export function tableName(entity: AnyEntity): string {
  return `${schemaName}.${tableOf(entity).name}`;
}

export function figureColumn({ entity, key, metric }: Figure): string {
  return columnOf(entity, metric.kind === 'stateset' ? 'state' : 'value', key);
}

export function attributeColumn(entity: AnyEntity, name: string): string {
  return columnOf(entity, name in entity.identity ? 'identity' : 'info', name);
}

export function identityColumns(entity: AnyEntity): readonly string[] {
  return Object.keys(entity.identity).map((name) => attributeColumn(entity, name));
}

function columnOf(entity: AnyEntity, part: Column['part'], key: string): string {
  const column = tableOf(entity).columns.find((column) => column.part === part && column.key === key);
  if (column === undefined) throw new Error(`${entity.name} has no column for ${key}`);
  return column.name;
}

/** What a panel shows of things. */
export type Quantity =
  /** The figure as it is. */
  | { readonly kind: 'value'; readonly figure: Figure }
  /** The increase per second of counters, summed up. */
  | { readonly kind: 'rate'; readonly figures: readonly [Figure, ...Figure[]] }
  /** One figure as a share of another. */
  | { readonly kind: 'share'; readonly part: Figure; readonly whole: Figure };

export function figuresOf(quantity: Quantity): readonly [Figure, ...Figure[]] {
  if (quantity.kind === 'value') return [quantity.figure];
  return quantity.kind === 'rate' ? quantity.figures : [quantity.part, quantity.whole];
}
