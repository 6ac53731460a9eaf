import type { Column, Table } from '../../../src/catalog/table.ts';
import type { Row, Value } from '../../../src/metric/row.ts';
import type { Micros } from '../../../src/metric/time.ts';

/** A value of a column at a time, of one thing. */
export interface Sample<T> {
  readonly time: Micros;
  readonly start: Micros | undefined;
  readonly value: T;
}

/** How long a state is believed without another sample. */
export const holdMicros = 300e6;

/** Engines reckon their start from an uptime, so that it wobbles. */
const wobbleMicros = 5e6;

/** The samples of a numeric metric in the order of time, whatever the order of the rows. */
export function figuresOf(rows: readonly Row[], { key }: Column): readonly Sample<Value>[] {
  return samplesOf(rows, (row) => row.values[key]);
}

export function statesOf(rows: readonly Row[], { key }: Column): readonly Sample<string>[] {
  return samplesOf(rows, (row) => row.states[key]);
}

function samplesOf<T>(rows: readonly Row[], read: (row: Row) => T | undefined): readonly Sample<T>[] {
  return rows
    .flatMap((row) => {
      const value = read(row);
      return value === undefined ? [] : [{ time: row.time, start: row.start, value }];
    })
    .toSorted((a, b) => a.time - b.time);
}

/** An amount that is added exactly where it is of an integer column. */
export type Amount = number | bigint;

export function amountOf({ type }: Column, value: Value): Amount {
  return type === 'bigint' ? BigInt(value) : Number(value);
}

/** Both of the same type. */
export function add(a: Amount, b: Amount): Amount {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a + b : Number(a) + Number(b);
}

/** The least first. */
export function inOrder(amounts: readonly Amount[]): readonly Amount[] {
  return amounts.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
}

/** What a counter has counted from one sample to the next. */
export function increaseBetween(column: Column, before: Sample<Value>, after: Sample<Value>): Amount {
  const now = amountOf(column, after.value);
  const then = amountOf(column, before.value);
  const began = beganAnew(before, after) || now < then;
  if (began) return now;
  return typeof now === 'bigint' && typeof then === 'bigint' ? now - then : Number(now) - Number(then);
}

function beganAnew(before: Sample<Value>, { start }: Sample<Value>): boolean {
  if (start === undefined || start === before.start) return false;
  return start >= before.time || (before.start !== undefined && start > before.start + wobbleMicros);
}

/** The samples of a thing are told apart by its identity, as the table has it. */
export function byThing(table: Table, rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const names = table.columns.filter(({ part }) => part === 'identity').map(({ key }) => key);
  return Map.groupBy(rows, ({ identity }) => JSON.stringify(names.map((name) => identity[name])));
}

/** What is stored of rows that came in this order: the first value counts, and what is missing is filled in. */
export function storedOf(table: Table, delivered: readonly Row[]): readonly Row[] {
  return [...byThing(table, delivered).values()].flatMap((ofThing) =>
    [...Map.groupBy(ofThing, ({ time }) => time).values()].map((same) => same.reduce(complete)),
  );
}

function complete(known: Row, later: Row): Row {
  return {
    ...later,
    ...known,
    info: { ...later.info, ...known.info },
    values: { ...later.values, ...known.values },
    states: { ...later.states, ...known.states },
  };
}
