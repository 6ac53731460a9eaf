import type { AnyEntity, AnyMetric } from '../metric/define.ts';

export const schemaName = 'telemetry';

export type ColumnType = 'timestamptz' | 'text' | 'double precision' | 'bigint' | 'jsonb';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Which part of a row the column holds. */
  readonly part: 'time' | 'start' | 'identity' | 'info' | 'infoMap' | 'value' | 'state';
  /** The key in that part; for `infoMap` the prefix of its keys; empty for `time` and `start`. */
  readonly key: string;
  /** What the column says, with its unit. */
  readonly comment: string;
}

/** The wide table of an entity: one row per thing and time. */
export interface Table {
  readonly entity: string;
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Column[];
  /** The columns of the unique key: identity and time. */
  readonly key: readonly string[];
}

/** Where an entity is stored. Everything that touches the database derives its columns from here. */
export function tableOf(entity: AnyEntity): Table {
  const identity = Object.entries(entity.identity).map(([key, { brief }]) =>
    column(attributeColumn(key), 'text', 'identity', key, brief),
  );
  const info = Object.entries(entity.info).map(([key, { brief }]) =>
    column(attributeColumn(key), 'text', 'info', key, brief),
  );
  const infoMaps = Object.entries(entity.infoMaps).map(([prefix, map]) =>
    column(map.column, 'jsonb', 'infoMap', prefix, map.brief),
  );
  const metrics = Object.entries(entity.metrics).map(([key, metric]) => metricColumn(entity, key, metric));
  const start = column(
    'start_time',
    'timestamptz',
    'start',
    '',
    'When the counters of this row began to count.',
  );
  return {
    entity: entity.name,
    name: entity.name,
    comment: entity.brief,
    columns: [
      column('time', 'timestamptz', 'time', '', 'Time of the snapshot.'),
      ...identity,
      ...(entity.start === undefined ? [] : [start]),
      ...info,
      ...infoMaps,
      ...metrics,
    ],
    key: [...identity.map(({ name }) => name), 'time'],
  };
}

function column(name: string, type: ColumnType, part: Column['part'], key: string, comment: string): Column {
  return { name, type, part, key, comment };
}

function metricColumn(entity: AnyEntity, key: string, metric: AnyMetric): Column {
  const name = metricColumnName(entity, metric);
  if (metric.kind === 'stateset') {
    return column(name, 'text', 'state', key, `${metric.brief} One of: ${metric.states.join(', ')}.`);
  }
  const type = metric.value === 'int' ? 'bigint' : 'double precision';
  return column(
    name,
    type,
    'value',
    key,
    metric.unit === '' ? metric.brief : `${metric.brief} Unit: ${metric.unit}.`,
  );
}

const snake = (name: string): string => name.replace(/[^a-z0-9]+/g, '_');

/** `ciris.server.id` is `server_id`, `container.image.name` is `container_image_name`. */
function attributeColumn(name: string): string {
  return snake(name.replace(/^ciris\./, ''));
}

/** `container.cpu.time` with `cpu.mode` user is `cpu_time_user`: the entity's own name is not repeated. */
function metricColumnName(entity: AnyEntity, metric: AnyMetric): string {
  const prefixes = ['ciris.telemetry.', 'ciris.', `${entity.name}.`];
  const base = prefixes.reduce(
    (name, prefix) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
    metric.name,
  );
  const constants = metric.kind === 'stateset' ? [] : Object.values(metric.with ?? {});
  return snake([base, ...constants].join('.').toLowerCase());
}
