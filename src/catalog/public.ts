/** The catalog for other tools: what ciris-telemetry says, and under which names. */
export type {
  AnyEntity,
  AnyMetric,
  IdentityAttribute,
  InfoAttribute,
  NumberKind,
  Unit,
} from '../metric/define.ts';
export { type Catalog, catalog, findEntity, storedEntities } from './catalog.ts';
export { type Family, familiesOf, labelName } from './families.ts';
export { type Named, prometheusName } from './prometheus-name.ts';
export { type Column, type ColumnType, schemaName, type Table, tableOf } from './table.ts';
