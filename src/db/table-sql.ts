import { schemaName, type Table } from '../catalog/table.ts';
import { microsOf } from './time-sql.ts';

/** A statement that each connection parses once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The statements that store rows; all take one array per column, in the order of the table's columns. */
export interface StoreStatements {
  /** Inserts the rows whose key is new; leaves the others alone without so much as a lock. */
  readonly insert: Statement;
  /** The same, giving back the key of each row that was new. */
  readonly insertReturning: Statement;
  /**
   * Fills what is missing in the rows that are known; touches none that miss nothing, and changes no value. Takes after the
   * columns the first and the last time of these rows.
   */
  readonly complete: Statement;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualifiedName(table: Table): string {
  return `${schemaName}.${quoteName(table.name)}`;
}

export function storeStatements(table: Table): StoreStatements {
  const names = table.columns.map(({ name }) => quoteName(name)).join(', ');
  const arrays = table.columns.map(({ type }, index) => `$${index + 1}::${type}[]`);
  // Quicker than `from unnest($1, $2)`, which first writes each array down as a table of its own.
  const incoming = arrays.map((array) => `unnest(${array})`).join(', ');
  const key = table.key.map(quoteName).join(', ');
  const insert = `insert into ${qualifiedName(table)} (${names}) select ${incoming} on conflict (${key}) do nothing`;
  const identity = table.key.filter((name) => name !== 'time').map(quoteName);
  return {
    insert: { name: `insert ${table.name}`, text: insert },
    insertReturning: {
      name: `insert returning ${table.name}`,
      text: `${insert} returning array[${identity.join(', ')}]::text[] as identity, ${microsOf('time')} as time`,
    },
    complete: {
      name: `complete ${table.name}`,
      text: completeText(table, `select * from unnest(${arrays.join(', ')}) as incoming (${names})`),
    },
  };
}

/**
 * Rows are locked in the order of their key, so that two writers with the same rows wait for each other but never deadlock. The
 * bounds of time keep the server from opening, and locking until the transaction ends, every partition that there is. They are
 * written so that it does not take them for a range, of which it thinks few rows are in and then joins in the wrong order.
 */
function completeText(table: Table, incoming: string): string {
  const key = table.key.map(quoteName);
  const others = table.columns.map(({ name }) => quoteName(name)).filter((name) => !key.includes(name));
  const sameKey = (source: string): string =>
    key.map((name) => `stored.${name} = ${source}.${name}`).join(' and ');
  const lacks = others.map((name) => `stored.${name} is null and incoming.${name} is not null`);
  const fill = others.map((name) => `${name} = coalesce(stored.${name}, lacking.${name})`);
  const [from, to] = [1, 2].map((place) => `$${table.columns.length + place}::timestamptz`);
  const inRange = `stored.time >= ${from} and stored.time <= any (array[${to}])`;
  return `
    with lacking as (
      select incoming.* from (${incoming}) as incoming
      join ${qualifiedName(table)} as stored on ${sameKey('incoming')}
      where ${inRange} and (${lacks.map((condition) => `(${condition})`).join(' or ')})
      order by ${key.map((name) => `stored.${name}`).join(', ')}
      for update of stored
    )
    update ${qualifiedName(table)} as stored set ${fill.join(', ')} from lacking
    where ${inRange} and ${sameKey('lacking')}`;
}
