import type { LockedColumn, LockedTable } from './lock.ts';
import { schemaName } from './table.ts';

/** The statements that bring a database from one state of the catalog to a later one; none when nothing changed. */
export function migrationStatements(
  from: readonly LockedTable[],
  to: readonly LockedTable[],
): readonly string[] {
  const known = new Map(from.map((table) => [table.name, table]));
  const schema = from.length === 0 && to.length > 0 ? [`create schema if not exists ${schemaName};`] : [];
  const tables = to.flatMap((table) => {
    const before = known.get(table.name);
    return before === undefined ? createTable(table) : alterTable(before, table);
  });
  return [...schema, ...tables];
}

function createTable(table: LockedTable): readonly string[] {
  const columns = table.columns.map(
    ({ name, type }) => `  ${name} ${type}${table.key.includes(name) ? ' not null' : ''},`,
  );
  const create = [
    `create table ${nameOf(table)} (`,
    ...columns,
    `  primary key (${table.key.join(', ')})`,
    ');',
  ];
  return [
    create.join('\n'),
    // Rows arrive in the order of time, so that a block range index finds a time range at almost no cost to inserts.
    `create index ${table.name}_time on ${nameOf(table)} using brin (time);`,
    commentOnTable(table),
    ...table.columns.map((column) => commentOnColumn(table, column)),
  ];
}

function alterTable(before: LockedTable, table: LockedTable): readonly string[] {
  const known = new Map(before.columns.map((column) => [column.name, column]));
  const columns = table.columns.flatMap((column) => {
    const old = known.get(column.name);
    const add = `alter table ${nameOf(table)} add column ${column.name} ${column.type};`;
    if (old === undefined) return [add, commentOnColumn(table, column)];
    return old.comment === column.comment ? [] : [commentOnColumn(table, column)];
  });
  return before.comment === table.comment ? columns : [commentOnTable(table), ...columns];
}

/** Names are used unquoted: the catalog's policy admits no name that would need quotes. */
function nameOf(table: LockedTable): string {
  return `${schemaName}.${table.name}`;
}

function commentOnTable(table: LockedTable): string {
  return `comment on table ${nameOf(table)} is ${literal(table.comment)};`;
}

function commentOnColumn(table: LockedTable, column: LockedColumn): string {
  return `comment on column ${nameOf(table)}.${column.name} is ${literal(column.comment)};`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
