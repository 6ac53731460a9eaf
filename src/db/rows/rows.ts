import type { Pool } from 'pg';
import { z } from 'zod';
import { type Catalog, findEntity } from '../../catalog/catalog.ts';
import { type Column, type Table, tableOf } from '../../catalog/table.ts';
import type { Row, Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import { readQuery } from '../query.ts';
import { qualifiedName, quoteName } from '../table-sql.ts';
import { microsOf, timeOf } from '../time-sql.ts';

/** From its start to before its end, in microseconds. */
export interface TimeRange {
  readonly from: Micros;
  readonly to: Micros;
}

export interface ReadOptions extends TimeRange {
  readonly catalog: Catalog;
  readonly signal: AbortSignal;
}

/** The rows of an entity as they were stored, in the order of time and identity; `not_found` for an unknown entity. */
export async function readRows(pool: Pool, entity: string, options: ReadOptions): Promise<readonly Row[]> {
  const { catalog, from, to, signal } = options;
  const table = requireTable(catalog, entity);
  const query = { what: `the rows of ${entity}`, text: readText(table), values: [from, to] };
  const found = await readQuery(pool, signal, { ...query, rows: cells });
  return found.map((row) => rowOf(table, row));
}

export function requireTable(catalog: Catalog, entity: string): Table {
  const found = findEntity(catalog, entity);
  if (found?.stored === true) return tableOf(found);
  const names = catalog.entities.filter(({ stored }) => stored).map(({ name }) => name);
  throw new TelemetryError(
    'not_found',
    `there is no stored entity "${entity}": choose one of ${names.join(', ')}`,
  );
}

/** An integer as text, as exact as it came. */
export function integerOf(text: string): Value {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

const cells = z.array(z.array(z.string().nullable()));

function readText(table: Table): string {
  const columns = table.columns.map(
    ({ name, type }) => `${type === 'timestamptz' ? microsOf(quoteName(name)) : quoteName(name)}::text`,
  );
  const order = ['time', ...table.key.filter((name) => name !== 'time').map(quoteName)];
  return `
    select ${columns.join(', ')} from ${qualifiedName(table)}
    where time >= ${timeOf('$1')} and time < ${timeOf('$2')}
    order by ${order.join(', ')}`;
}

function rowOf(table: Table, texts: readonly (string | null)[]): Row {
  const row = {
    identity: new Map<string, string>(),
    info: new Map<string, string>(),
    values: new Map<string, Value>(),
    states: new Map<string, string>(),
  };
  let time = 0;
  let start: Micros | undefined;
  for (const [index, column] of table.columns.entries()) {
    const text = texts[index];
    if (text === undefined || text === null) continue;
    const { part, key } = column;
    if (part === 'time') time = Number(text);
    else if (part === 'start') start = Number(text);
    else if (part === 'value') row.values.set(key, figureOf(column, text));
    else if (part === 'state') row.states.set(key, text);
    else if (part === 'infoMap')
      for (const [name, value] of attributesOf(text)) row.info.set(key + name, value);
    else row[part].set(key, text);
  }
  return {
    entity: table.entity,
    time,
    ...(start === undefined ? {} : { start }),
    identity: Object.fromEntries(row.identity),
    info: Object.fromEntries(row.info),
    values: Object.fromEntries(row.values),
    states: Object.fromEntries(row.states),
  };
}

function figureOf({ type }: Column, text: string): Value {
  return type === 'bigint' ? integerOf(text) : Number(text);
}

/** Not a record, which would lose an attribute named `__proto__`. */
const attributePairs = z.array(z.tuple([z.string(), z.string()]));

function attributesOf(document: string): readonly [string, string][] {
  return attributePairs.parse(Object.entries(JSON.parse(document)));
}
