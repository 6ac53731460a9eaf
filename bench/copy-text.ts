import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Column, schemaName, tableOf } from '../src/catalog/table.ts';
import type { AnyEntity } from '../src/metric/define.ts';
import type { Row } from '../src/metric/row.ts';
import { microsToIso } from '../src/metric/time.ts';

/** Writes rows to their table by COPY in its text format: what is quickest in PostgreSQL without a binary protocol. */
export async function copyRows(pool: Pool, entity: AnyEntity, rows: readonly Row[]): Promise<void> {
  const { name, columns } = tableOf(entity);
  const names = columns.map((column) => column.name).join(', ');
  const text = rows.map((row) => lineOf(row, columns)).join('');
  const client = await pool.connect();
  try {
    const copy = client.query(copyFrom(`copy ${schemaName}.${name} (${names}) from stdin`));
    await pipeline(Readable.from([text]), copy);
    if (copy.rowCount !== rows.length) throw new Error(`COPY stored ${copy.rowCount} rows of ${rows.length}`);
  } finally {
    client.release();
  }
}

function lineOf(row: Row, columns: readonly Column[]): string {
  return `${columns.map((column) => cellOf(row, column)).join('\t')}\n`;
}

function cellOf({ time, start, identity, info, values, states }: Row, { part, key }: Column): string {
  switch (part) {
    case 'time':
      return microsToIso(time);
    case 'start':
      return start === undefined ? '\\N' : microsToIso(start);
    case 'identity':
      return textOf(identity[key]);
    case 'info':
      return textOf(info[key]);
    case 'infoMap': {
      const members = Object.entries(info).filter(([name]) => name.startsWith(key));
      if (members.length === 0) return '\\N';
      return textOf(
        JSON.stringify(Object.fromEntries(members.map(([name, text]) => [name.slice(key.length), text]))),
      );
    }
    case 'state':
      return textOf(states[key]);
    case 'value':
      return String(values[key] ?? '\\N');
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function textOf(text: string | undefined): string {
  if (text === undefined) return '\\N';
  return text.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}
