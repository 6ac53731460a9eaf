import {
  dataSchemaName,
  finerThan,
  type Rollup,
  type RollupColumn,
  rollupName,
} from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { quoteName } from '../table-sql.ts';

export interface Source {
  /** A qualified name. */
  readonly relation: string;
  /** `samples` are rows as they came; `parts` are buckets of the finer rollup. */
  readonly holds: 'samples' | 'parts';
  /** What finds a bucket's start: PostgreSQL's own function, TimescaleDB's with the schema it lies in, or an expression for buckets of another width. */
  readonly bucketing: 'date_bin' | { readonly timescaleSchema: string } | { readonly expression: string };
  readonly where?: string;
}

const bucketInterval = {
  '5m': `interval '5 minutes'`,
  '1h': `interval '1 hour'`,
  '3h': `interval '3 hours'`,
} as const;

/** The table that stores a rollup where no continuous aggregate does. */
export function rollupTable({ name }: Pick<Rollup, 'name'>): string {
  return `${dataSchemaName}.${quoteName(name)}`;
}

/** The view that people read, of a rollup however it is stored. */
export function rollupView({ name }: Pick<Rollup, 'name'>): string {
  return `${schemaName}.${quoteName(name)}`;
}

/** Where a rollup is made from when our own loop stores it: the raw table, or the table of the finer rollup. */
export function storedSource({ table, resolution }: Rollup): Pick<Source, 'relation' | 'holds'> {
  const finer = finerThan(resolution);
  if (finer === undefined) return { relation: `${schemaName}.${quoteName(table.name)}`, holds: 'samples' };
  return { relation: rollupTable({ name: rollupName(table.name, finer) }), holds: 'parts' };
}

/** A query for these columns of a rollup, which must have those of the key among them. */
export function aggregateText(rollup: Rollup, columns: readonly RollupColumn[], source: Source): string {
  const read = source.holds === 'samples' ? ofSamples : ofParts;
  const listed = columns.map((column) => {
    const text = column.of === 'time' ? bucketText(rollup, source) : read(column, rollup);
    return `${text} as ${quoteName(column.name)}`;
  });
  const keys = columns.flatMap(({ of }, index) => (of === 'time' || of === 'identity' ? [index + 1] : []));
  const where = source.where === undefined ? '' : ` where ${source.where}`;
  return `select ${listed.join(', ')} from ${source.relation}${where} group by ${keys.join(', ')}`;
}

/**
 * Stores the buckets from `$1` to before `$2`, both the start of a bucket. None of them may be stored already. A coarser rollup
 * is made of the stored finer one, which must be filled as far.
 */
export function fillStatement(rollup: Rollup): string {
  const names = rollup.columns.map(({ name }) => quoteName(name)).join(', ');
  const select = aggregateText(rollup, rollup.columns, {
    ...storedSource(rollup),
    bucketing: 'date_bin',
    where: 'time >= $1::timestamptz and time < $2::timestamptz',
  });
  return `insert into ${rollupTable(rollup)} (${names}) ${select}`;
}

/** The statements that make the same buckets anew, to be run in this order in one transaction; finer rollups first. */
export function recomputeStatements(rollup: Rollup): readonly string[] {
  const clear = `delete from ${rollupTable(rollup)} where time >= $1::timestamptz and time < $2::timestamptz`;
  return [clear, fillStatement(rollup)];
}

function bucketText({ resolution }: Rollup, { bucketing }: Source): string {
  const width = bucketInterval[resolution];
  if (bucketing === 'date_bin') return `date_bin(${width}, time, timestamptz 'epoch')`;
  if ('expression' in bucketing) return bucketing.expression;
  return `${quoteName(bucketing.timescaleSchema)}.time_bucket(${width}, time)`;
}

/** Arrays are all in the order of time, so that PostgreSQL sorts once for all of them. */
function inOrder(expression: string, known: string): string {
  return `array_agg(${expression} order by time) filter (where ${known})`;
}

function last(array: string): string {
  return `${schemaName}.last_element(${array})`;
}

function ofSamples(column: RollupColumn, { table }: Rollup): string {
  const name = quoteName(column.source.name);
  const values = inOrder(name, `${name} is not null`);
  const times = inOrder('time', `${name} is not null`);
  const hasStart = table.columns.some(({ part }) => part === 'start');
  const starts = hasStart ? inOrder('start_time', `${name} is not null`) : 'null::timestamptz[]';
  switch (column.part) {
    case undefined:
      return name;
    case 'count':
      return column.of === 'rows' ? 'count(*)' : `count(${name})`;
    case 'sum':
    case 'min':
    case 'max':
      return `${column.part}(${name})`;
    case 'first':
      return `(${values})[1]`;
    case 'first_start':
      return `(${starts})[1]`;
    case 'first_time':
      return `min(time) filter (where ${name} is not null)`;
    case 'last':
      return last(values);
    case 'last_start':
      return last(starts);
    case 'last_time':
      return `max(time) filter (where ${name} is not null)`;
    case 'increase':
      return `${schemaName}.counter_increase(${times}, ${starts}, ${values})`;
    case 'times':
      return `${schemaName}.state_times(${times}, ${values})`;
  }
}

function ofParts(column: RollupColumn): string {
  const own = quoteName(column.name);
  const sibling = (part: string): string => quoteName(`${column.source.name}_${part}`);
  const known = column.of === 'info' ? `${own} is not null` : `${sibling('count')} > 0`;
  const array = (part: string): string => inOrder(sibling(part), known);
  const startTypes = ['first', 'first_start', 'last', 'last_start', 'last_time', 'increase'];
  switch (column.part) {
    case undefined:
      return own;
    case 'count':
      return `sum(${own})::bigint`;
    case 'sum':
    case 'min':
    case 'max':
      return `${column.part}(${own})`;
    case 'first':
    case 'first_start':
      return `(${inOrder(own, known)})[1]`;
    case 'first_time':
      return `min(${own})`;
    case 'last':
    case 'last_start':
      return last(inOrder(own, known));
    case 'last_time':
      return `max(${own})`;
    case 'increase':
      return `${schemaName}.counter_increase_of_parts(${startTypes.map(array).join(', ')})`;
    case 'times':
      return `${schemaName}.state_times_of_parts(${['first_time', 'last_time', 'last', 'times'].map(array).join(', ')})`;
  }
}
