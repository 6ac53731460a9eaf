import { container, server } from '../../collectors/docker/metrics.ts';
import type { AnyEntity } from '../../metric/define.ts';
import {
  attribute,
  attributeColumn,
  constantsOf,
  type Figure,
  figureColumn,
  figuresOf,
  identityColumns,
  type Quantity,
  tableName,
} from './figure.ts';
import type { TableColumn, TotalOptions } from './source.ts';

/** What stands for every value of a variable; in quotes, because Grafana puts it into queries as it is. */
export const everything = "'*'";

const serverColumn = attributeColumn(container, attribute(container, 'ciris.server.id'));
const nameColumn = attributeColumn(container, attribute(container, 'container.name'));
const idColumn = attributeColumn(container, attribute(container, 'container.id'));
const agentColumn = attributeColumn(container, attribute(container, 'ciris.agent.id'));

/** A host whose last snapshot is older has nothing to say about now: as long as Prometheus looks back for a sample. */
const recently = "time > $__timeTo()::timestamptz - interval '5 minutes'";

function selected(column: string, variable: string): string {
  const chosen = `\${${variable}:sqlstring}`;
  return `('*' in (${chosen}) or ${column} in (${chosen}))`;
}

/** What the variables select of an entity, within the time range. */
function conditions(entity: AnyEntity, alias = ''): readonly string[] {
  const isOfServer = attribute(server, 'ciris.server.id') in entity.identity;
  return [
    `$__timeFilter(${alias}time)`,
    ...(isOfServer ? [selected(serverColumn, 'server')] : []),
    ...(entity.name === container.name
      ? [selected(agentColumn, 'agent'), selected(nameColumn, 'container')]
      : []),
  ];
}

/** The name of a thing in legends: of containers host and name, so that a line goes on when a container is replaced. */
function nameOf(entity: AnyEntity): string {
  if (entity.name !== container.name) return identityColumns(entity).join(" || ' / ' || ");
  return `${serverColumn} || ' / ' || coalesce(${nameColumn}, ${idColumn})`;
}

export function seriesSql(quantity: Quantity, suffix: string): string {
  const [{ entity }] = figuresOf(quantity);
  const name = suffix === '' ? nameOf(entity) : `${nameOf(entity)} || '${suffix}'`;
  return quantity.kind === 'rate'
    ? rateSql(quantity.figures, entity, name)
    : averageSql(quantity, entity, name);
}

function averageSql(quantity: Quantity, entity: AnyEntity, name: string): string {
  return lines(
    `select $__timeGroupAlias(time, $__interval), ${name} as metric, avg(${cellValue(quantity)}) as value`,
    `from ${tableName(entity)}`,
    `where ${[...conditions(entity), ...known(figuresOf(quantity))].join('\n  and ')}`,
    'group by 1, 2',
    'order by 1',
  );
}

function known(figures: readonly Figure[]): readonly string[] {
  return figures.map((figure) => `${figureColumn(figure)} is not null`);
}

/**
 * Whether a count began after the sample before. Engines and agents have clocks of their own, so that a later start says it too; one
 * that moves by moments is the same.
 */
const begun =
  "(time_before is null or start_time >= time_before or start_time > start_before + interval '5 seconds')";

/**
 * The increase from sample to sample. Where a count began anew, all of it is new, and took the time since it began. The
 * first sample in the time range counts only if its count began there: what it rose before is not of this range.
 */
function rateSql(figures: readonly Figure[], entity: AnyEntity, name: string): string {
  const total = figures.map(figureColumn).join(' + ');
  return lines(
    'with samples as (',
    `  select time, start_time, ${name} as metric, ${total} as total,`,
    '    lag(time) over thing as time_before, lag(start_time) over thing as start_before,',
    `    lag(${total}) over thing as total_before`,
    `  from ${tableName(entity)}`,
    `  where ${[...conditions(entity), ...known(figures)].join('\n    and ')}`,
    `  window thing as (partition by ${identityColumns(entity).join(', ')} order by time)`,
    '), steps as (',
    '  select time, metric,',
    `    case when ${begun} then total else total - total_before end as increase,`,
    `    extract(epoch from time - case when ${begun} then greatest(start_time, time_before) else time_before end) as seconds`,
    '  from samples',
    '  where time_before is not null or start_time >= $__timeFrom()::timestamptz',
    ')',
    'select $__timeGroupAlias(time, $__interval), metric, (sum(increase) / sum(seconds))::double precision as value',
    'from steps',
    'where increase >= 0 and seconds > 0',
    'group by 1, 2',
    'order by 1',
  );
}

/** Each figure summed over things, as a column of its own; a thing counts with its average in a step. */
export function splitSql(figures: readonly [Figure, ...Figure[]]): string {
  const [{ entity }] = figures;
  const columns = figures.map((figure) => ({
    column: figureColumn(figure),
    title: Object.values(constantsOf(figure)).join(' '),
  }));
  return lines(
    `select time as "time", ${columns.map(({ column, title }) => `sum(${column}) as "${title}"`).join(', ')}`,
    'from (',
    `  select $__timeGroupAlias(time, $__interval), ${columns.map(({ column }) => `avg(${column})::double precision as ${column}`).join(', ')}`,
    `  from ${tableName(entity)}`,
    `  where ${conditions(entity).join('\n    and ')}`,
    `  group by 1, ${identityColumns(entity).join(', ')}`,
    ') as things',
    'group by 1',
    'order by 1',
  );
}

export function totalSql({ figure, fold, state }: TotalOptions): string {
  const column = figureColumn(figure);
  const value = state === undefined ? column : `(${column} = '${state}')::int`;
  return lines(
    ...withLatest(figure.entity),
    `select max(time) as "time", ${fold}(${value})::double precision as value`,
    'from latest',
  );
}

export function containerTableSql(columns: readonly TableColumn[]): string {
  const cells = columns.map(({ title, shows }) => {
    const cell = typeof shows === 'string' ? attributeColumn(container, shows) : cellOf(shows);
    return `  ${cell} as "${title}"`;
  });
  return lines(
    ...withLatest(container),
    'select',
    cells.join(',\n'),
    'from latest',
    `order by ${serverColumn}, ${nameColumn}`,
  );
}

function cellOf(quantity: Quantity): string {
  const [{ metric }] = figuresOf(quantity);
  return metric.kind === 'stateset' ? figureColumn(figuresOf(quantity)[0]) : cellValue(quantity);
}

/** The rows of now as `latest`: of containers those of their host's last snapshot, so that what is gone is not among them. */
function withLatest(entity: AnyEntity): readonly string[] {
  const ids = identityColumns(entity).join(', ');
  if (entity.name !== container.name) {
    return [
      'with latest as (',
      `  select distinct on (${ids}) *`,
      `  from ${tableName(entity)}`,
      `  where ${[...conditions(entity), recently].join('\n    and ')}`,
      `  order by ${ids}, time desc`,
      ')',
    ];
  }
  return [
    'with snapshots as (',
    `  select ${serverColumn}, max(time) as time`,
    `  from ${tableName(server)}`,
    `  where ${[...conditions(server), recently].join('\n    and ')}`,
    `  group by ${serverColumn}`,
    '), latest as (',
    '  select things.*',
    `  from ${tableName(container)} as things`,
    `  join snapshots using (${serverColumn}, time)`,
    `  where ${conditions(container, 'things.').join('\n    and ')}`,
    ')',
  ];
}

export function snapshotAgeSql(entity: AnyEntity): string {
  return lines(
    'select now() as "time", extract(epoch from now() - max(time))::double precision as value',
    `from ${tableName(entity)}`,
    'where $__timeFilter(time)',
    'having max(time) is not null',
  );
}

export function variableSql(name: 'server' | 'agent' | 'container'): string {
  const { entity, column, by } = {
    server: { entity: server, column: serverColumn, by: [] },
    agent: { entity: container, column: agentColumn, by: [selected(serverColumn, 'server')] },
    container: {
      entity: container,
      column: nameColumn,
      by: [selected(serverColumn, 'server'), selected(agentColumn, 'agent')],
    },
  }[name];
  const where = ['$__timeFilter(time)', ...by, `${column} is not null`];
  return `select distinct ${column} from ${tableName(entity)} where ${where.join(' and ')} order by 1`;
}

function cellValue(quantity: Quantity): string {
  if (quantity.kind === 'share') {
    return `${figureColumn(quantity.part)}::double precision / nullif(${figureColumn(quantity.whole)}, 0)`;
  }
  const [first] = figuresOf(quantity);
  return `${figureColumn(first)}::double precision`;
}

function lines(...parts: readonly string[]): string {
  return parts.join('\n');
}
