import type { RollupPart } from '../../catalog/rollup.ts';
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
import { known, overReadings, partColumn, type Reading, relationName } from './sql-parts.ts';

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
  const figures = figuresOf(quantity);
  return lines(
    'select $__timeGroupAlias(time, $__interval), metric, sum(total) / sum(count) as value',
    'from (',
    ...overReadings(entity, {
      columns: (reading) => ['time', `${name} as metric`, ...totalOf(quantity, reading)],
      conditions: (reading) => [...conditions(entity), ...known(figures, reading)],
    }),
    ') as samples',
    'where total is not null',
    'group by 1, 2',
    'order by 1',
  );
}

/** The sum of the samples, and how many there are. The share of one average in another is that of the sums where both are known alike. */
function totalOf(quantity: Quantity, reading: Reading): readonly string[] {
  if (reading === 'raw') return [`${cellValue(quantity)} as total`, '1 as count'];
  const [figure] = figuresOf(quantity);
  const sum = `${partColumn(figure, 'sum')}::double precision`;
  const count = `${partColumn(figure, 'count')} as count`;
  if (quantity.kind !== 'share') return [`${sum} as total`, count];
  const [wholeSum, wholeCount] = [partColumn(quantity.whole, 'sum'), partColumn(quantity.whole, 'count')];
  return [`${sum} / nullif(${wholeSum}::double precision / ${wholeCount}, 0) as total`, count];
}

/**
 * The increase from sample to sample. Where a count began anew, all of it is new, and took the time since it began. The
 * first sample in the time range counts only if its count began there: what it rose before is not of this range. A bucket
 * of a rollup is a sample that brings along what the count rose within it.
 */
function rateSql(figures: readonly [Figure, ...Figure[]], entity: AnyEntity, name: string): string {
  const ids = identityColumns(entity);
  return lines(
    'with samples as (',
    ...overReadings(entity, {
      columns: (reading) => ['time', ...ids, `${name} as metric`, ...countOf(figures, reading)],
      conditions: (reading) => [...conditions(entity), ...known(figures, reading)],
    }),
    '), neighbours as (',
    '  select time, metric, first, first_start, first_time, last_time, increase,',
    '    lag(last_time) over thing as time_before, lag(last_start) over thing as start_before,',
    '    lag(last) over thing as last_before, first_start >= $__timeFrom()::timestamptz as is_new',
    '  from samples',
    `  window thing as (partition by ${ids.join(', ')} order by time)`,
    '), steps as (',
    '  select time, metric, last_time,',
    '    case',
    '      when time_before is null then case when is_new then increase + first else increase end',
    `      when ${begun} then increase + first`,
    '      else increase + first - last_before',
    '    end as increase,',
    '    case',
    '      when time_before is null then case when is_new then first_start else first_time end',
    `      when ${begun} then greatest(first_start, time_before)`,
    '      else time_before',
    '    end as since',
    '  from neighbours',
    ')',
    'select $__timeGroupAlias(time, $__interval), metric,',
    '  (sum(increase) / sum(extract(epoch from last_time - since)))::double precision as value',
    'from steps',
    'where increase >= 0 and last_time > since',
    'group by 1, 2',
    'order by 1',
  );
}

/** Whether a count began after the sample before, or fell; one whose start moves by moments is the same. */
const begun = '(first < last_before or telemetry.began_anew(first_start, start_before, time_before))';

/** Counts that are added up began together, so that the first of them tells when. */
function countOf(figures: readonly [Figure, ...Figure[]], reading: Reading): readonly string[] {
  if (reading === 'raw') {
    const total = figures.map(figureColumn).join(' + ');
    return [
      `${total} as first`,
      'start_time as first_start',
      'time as first_time',
      `${total} as last`,
      'start_time as last_start',
      'time as last_time',
      '0 as increase',
    ];
  }
  const [figure] = figures;
  const sum = (part: RollupPart) => figures.map((each) => partColumn(each, part)).join(' + ');
  const own = (part: RollupPart) => `${partColumn(figure, part)} as ${part}`;
  return [
    `${sum('first')} as first`,
    own('first_start'),
    'first_time',
    `${sum('last')} as last`,
    own('last_start'),
    own('last_time'),
    `${sum('increase')} as increase`,
  ];
}

/** Each figure summed over things, as a column of its own; a thing counts with its average in a step. */
export function splitSql(figures: readonly [Figure, ...Figure[]]): string {
  const [{ entity }] = figures;
  const ids = identityColumns(entity);
  const titled = figures.map((figure) => ({
    column: figureColumn(figure),
    title: Object.values(constantsOf(figure)).join(' '),
  }));
  const averages = figures.map((figure) => {
    const [sum, count] = [partColumn(figure, 'sum'), partColumn(figure, 'count')];
    return `sum(${sum}) / nullif(sum(${count}), 0) as ${figureColumn(figure)}`;
  });
  return lines(
    `select time as "time", ${titled.map(({ column, title }) => `sum(${column}) as "${title}"`).join(', ')}`,
    'from (',
    `  select $__timeGroupAlias(time, $__interval), ${averages.join(', ')}`,
    '  from (',
    ...overReadings(entity, {
      columns: (reading) => ['time', ...ids, ...figures.flatMap((figure) => sumOf(figure, reading))],
      conditions: () => conditions(entity),
    }),
    '  ) as samples',
    `  group by 1, ${ids.join(', ')}`,
    ') as things',
    'group by 1',
    'order by 1',
  );
}

function sumOf(figure: Figure, reading: Reading): readonly string[] {
  const [sum, count] = [partColumn(figure, 'sum'), partColumn(figure, 'count')];
  if (reading !== 'raw') return [`${sum}::double precision as ${sum}`, count];
  const column = figureColumn(figure);
  return [`${column}::double precision as ${sum}`, `(${column} is not null)::int as ${count}`];
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
  const where = ['$__timeFilter(time)', ...by, `${column} is not null`].join(' and ');
  const inRows = `select ${column} from ${relationName(entity, 'raw')} where not ${isLong} and ${where}`;
  const inRollup = `select ${column} from ${relationName(entity, '1h')} where ${isLong} and ${where}`;
  return `${inRows} union ${inRollup} order by 1`;
}

/** Of a long time range the hours tell what there was. */
const isLong = `$__timeTo()::timestamptz - $__timeFrom()::timestamptz > interval '6 hours'`;

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
