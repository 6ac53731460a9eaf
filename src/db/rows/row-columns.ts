import type { Column, Table } from '../../catalog/table.ts';
import type { Row } from '../../metric/row.ts';
import { bigintArray, doubleArray, jsonbArray, storableText, textArray, timeArray } from './binary-array.ts';

/** One array per column of the table. */
export function columnsOf(table: Table, rows: readonly Row[]): Buffer[] {
  return table.columns.map((column) => columnOf(column, rows));
}

function columnOf({ part, key, type }: Column, rows: readonly Row[]): Buffer {
  switch (part) {
    case 'time':
      return timeArray(rows.length, (index) => rows[index]?.time);
    case 'start':
      return timeArray(rows.length, (index) => rows[index]?.start);
    case 'identity':
      return textArray(rows.length, (index) => rows[index]?.identity[key]);
    case 'info':
      return textArray(rows.length, (index) => rows[index]?.info[key]);
    case 'infoMap':
      return jsonbArray(rows.length, (index) => documentOf(rows[index], key));
    case 'state':
      return textArray(rows.length, (index) => rows[index]?.states[key]);
    case 'value':
      return type === 'bigint'
        ? bigintArray(rows.length, (index) => rows[index]?.values[key])
        : doubleArray(rows.length, (index) => doubleOf(rows[index]?.values[key]));
  }
}

function doubleOf(value: number | bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** The info attributes under a prefix as one JSON object; undefined when there is none. */
function documentOf(row: Row | undefined, prefix: string): string | undefined {
  const attributes: [string, string][] = [];
  for (const key in row?.info) {
    const text = key.startsWith(prefix) ? row.info[key] : undefined;
    if (text !== undefined) attributes.push([storableText(key.slice(prefix.length)), storableText(text)]);
  }
  // From entries, since an attribute may be named `__proto__`.
  return attributes.length === 0 ? undefined : JSON.stringify(Object.fromEntries(attributes));
}
