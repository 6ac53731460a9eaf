import type { Pool } from 'pg';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Rollup, RollupColumn } from '../../../src/catalog/rollup.ts';
import { rollupView } from '../../../src/db/layout/rollup-sql.ts';
import { microsOf } from '../../../src/db/time-sql.ts';
import type { Cell, RollupRow } from './rollup-oracle.ts';

const cells = z.array(z.array(z.string().nullable()));
const document = z.record(z.string(), z.unknown());

/** The rows of one host in a rollup as people read it, in the order of identity and time. */
export async function readRollup(pool: Pool, rollup: Rollup, host: string): Promise<readonly RollupRow[]> {
  const { columns } = rollup;
  const texts = columns.map(({ name, type }) => `${type === 'timestamptz' ? microsOf(name) : name}::text`);
  const identity = columns.filter(({ of }) => of === 'identity').map(({ name }) => `${name} collate "C"`);
  const text = `
    select ${texts.join(', ')} from ${rollupView(rollup)} where server_id = $1
    order by ${[...identity, 'time'].join(', ')}`;
  const { rows } = await pool.query({ text, values: [host], rowMode: 'array' });
  return cells
    .parse(rows)
    .map((row) =>
      Object.fromEntries(columns.map((column, index) => [column.name, cellOf(column, row[index])])),
    );
}

function cellOf({ type }: RollupColumn, text: string | null | undefined): Cell {
  if (text === null || text === undefined) return undefined;
  switch (type) {
    case 'bigint':
    case 'numeric':
      return BigInt(text);
    case 'double precision':
    case 'timestamptz':
      return Number(text);
    case 'jsonb':
      return document.parse(JSON.parse(text));
    case 'text':
      return text;
  }
}

/** Integers, times and texts to the last digit; sums of doubles may differ by how they are rounded, and of 0 and -0 either is the least. */
export function expectSameRollup(found: readonly RollupRow[], expected: readonly RollupRow[]): void {
  expect(found.map(exactly)).toEqual(expected.map(exactly));
  for (const [index, row] of expected.entries()) {
    for (const [name, cell] of doublesOf(row)) {
      expect(Math.abs(Number(found[index]?.[name]) - cell), name).toBeLessThan(1e-9);
    }
  }
}

const isAdded = (name: string): boolean => /_(sum|increase)$/.test(name);

function exactly(row: RollupRow): RollupRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => {
      if (typeof cell !== 'number') return [name, cell];
      if (isAdded(name)) return [name, 'a double'];
      return [name, /_(min|max)$/.test(name) ? cell + 0 : cell];
    }),
  );
}

function doublesOf(row: RollupRow): readonly (readonly [string, number])[] {
  return Object.entries(row).flatMap(([name, cell]) =>
    isAdded(name) && typeof cell === 'number' ? [[name, cell] as const] : [],
  );
}
