import type { AnyEntity } from '../metric/define.ts';
import { type Catalog, storedEntities } from './catalog.ts';
import { type Column, type ColumnType, type Table, tableOf } from './table.ts';

/** Where partitions and stored rollups lie; people read the views in the schema of the tables. */
export const dataSchemaName = 'telemetry_data';

/** From the finest to the coarsest: each is made of the one before it, and its buckets of whole buckets of that. */
export const resolutions = ['5m', '1h', '3h'] as const;

export type Resolution = (typeof resolutions)[number];

/** The width of a bucket; buckets begin at multiples of it since 1970. */
export const bucketSeconds: Readonly<Record<Resolution, number>> = { '5m': 300, '1h': 3600, '3h': 10_800 };

/** For people: in buckets of `3 hours`. */
export const bucketWidths: Readonly<Record<Resolution, string>> = {
  '5m': '5 minutes',
  '1h': 'an hour',
  '3h': '3 hours',
};

/** The rollup that one is made of; undefined for the finest, which is made of the rows as they came. */
export function finerThan(resolution: Resolution): Resolution | undefined {
  return resolutions[resolutions.indexOf(resolution) - 1];
}

export function coarserThan(resolution: Resolution): Resolution | undefined {
  return resolutions[resolutions.indexOf(resolution) + 1];
}

export function byResolution<T>(of: (resolution: Resolution) => T): Readonly<Record<Resolution, T>> {
  return { '5m': of('5m'), '1h': of('1h'), '3h': of('3h') };
}

/** What a column of a rollup tells of the samples of its source within a bucket. */
export type RollupPart =
  | 'sum'
  | 'count'
  | 'min'
  | 'max'
  | 'first'
  | 'first_start'
  | 'first_time'
  | 'last'
  | 'last_start'
  | 'last_time'
  | 'increase'
  | 'times';

export interface RollupColumn {
  readonly name: string;
  readonly type: ColumnType | 'numeric';
  /** The start of the bucket, a column of the identity, a figure of all rows, the last value of an info column, or a figure of a metric. */
  readonly of: 'time' | 'identity' | 'rows' | 'info' | 'counter' | 'gauge' | 'state';
  readonly part: RollupPart | undefined;
  /** The column of the table that it is made of; its time where it is of all rows. */
  readonly source: Column;
}

/** What is kept of a table at one resolution. */
export interface Rollup {
  readonly table: Table;
  readonly resolution: Resolution;
  /** Of the view in the schema of the table, and of what stores it: `container_5m`. */
  readonly name: string;
  readonly columns: readonly RollupColumn[];
  /** The columns of the unique key: identity and time. */
  readonly key: readonly string[];
}

export function rollupName(table: string, resolution: Resolution): string {
  return `${table}_${resolution}`;
}

/** Every rollup of the catalog, those of a table from the finest to the coarsest. */
export function rollupsOf(catalog: Catalog): readonly Rollup[] {
  return storedEntities(catalog).flatMap((entity) =>
    resolutions.map((resolution) => rollupOf(entity, resolution)),
  );
}

export function rollupOf(entity: AnyEntity, resolution: Resolution): Rollup {
  const table = tableOf(entity);
  return {
    table,
    resolution,
    name: rollupName(table.name, resolution),
    columns: table.columns.flatMap((column) => rollupColumns(entity, column)),
    key: table.key,
  };
}

function rollupColumns(entity: AnyEntity, source: Column): readonly RollupColumn[] {
  const { name, type } = source;
  switch (source.part) {
    case 'time':
      return [
        { name, type, of: 'time', part: undefined, source },
        { name: 'samples', type: 'bigint', of: 'rows', part: 'count', source },
        { name: 'first_time', type, of: 'rows', part: 'first_time', source },
        { name: 'last_time', type, of: 'rows', part: 'last_time', source },
      ];
    case 'start':
      return [];
    case 'identity':
      return [{ name, type, of: 'identity', part: undefined, source }];
    case 'info':
    case 'infoMap':
      return [{ name, type, of: 'info', part: 'last', source }];
    case 'state':
      return figures(source, 'state', stateParts);
    case 'value':
      return entity.metrics[source.key]?.kind === 'counter'
        ? figures(source, 'counter', counterParts)
        : figures(source, 'gauge', gaugeParts);
  }
}

const gaugeParts: readonly RollupPart[] = ['sum', 'count', 'min', 'max', 'last'];
const counterParts: readonly RollupPart[] = [
  'count',
  'first',
  'first_start',
  'last',
  'last_start',
  'last_time',
  'increase',
];
const stateParts: readonly RollupPart[] = ['count', 'first', 'first_time', 'last', 'last_time', 'times'];

function figures(
  source: Column,
  of: 'counter' | 'gauge' | 'state',
  parts: readonly RollupPart[],
): readonly RollupColumn[] {
  return parts.map((part) => ({
    name: `${source.name}_${part}`,
    type: typeOf(source, part),
    of,
    part,
    source,
  }));
}

function typeOf({ type }: Column, part: RollupPart): RollupColumn['type'] {
  switch (part) {
    case 'count':
      return 'bigint';
    case 'sum':
    case 'increase':
      // A sum of 64-bit integers may need more than 64 bits.
      return type === 'bigint' ? 'numeric' : type;
    case 'min':
    case 'max':
    case 'first':
    case 'last':
      return type;
    case 'first_start':
    case 'first_time':
    case 'last_start':
    case 'last_time':
      return 'timestamptz';
    case 'times':
      return 'jsonb';
  }
}
