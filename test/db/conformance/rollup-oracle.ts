import { bucketSeconds, type Resolution } from '../../../src/catalog/rollup.ts';
import { type Column, tableOf } from '../../../src/catalog/table.ts';
import type { AnyEntity } from '../../../src/metric/define.ts';
import type { Row } from '../../../src/metric/row.ts';
import {
  type Amount,
  add,
  amountOf,
  byThing,
  figuresOf,
  holdMicros,
  increaseBetween,
  inOrder,
  type Sample,
  statesOf,
} from './samples.ts';

/** A cell of a rollup: times in microseconds, what is summed or counted exactly as a bigint. */
export type Cell = Amount | string | Readonly<Record<string, unknown>> | undefined;
export type RollupRow = Readonly<Record<string, Cell>>;

/** The rollup of stored rows by brute force, in the order of identity and time. */
export function rollupByForce(
  entity: AnyEntity,
  resolution: Resolution,
  rows: readonly Row[],
): readonly RollupRow[] {
  const table = tableOf(entity);
  const width = bucketSeconds[resolution] * 1e6;
  return [...byThing(table, rows)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, ofThing]) =>
      [...Map.groupBy(ofThing, ({ time }) => Math.floor(time / width) * width)]
        .toSorted(([a], [b]) => a - b)
        .map(([time, inBucket]) => rowOf(entity, time, inBucket)),
    );
}

function rowOf(entity: AnyEntity, time: number, inBucket: readonly Row[]): RollupRow {
  const sorted = inBucket.toSorted((a, b) => a.time - b.time);
  const cells: [string, Cell][] = [
    ['time', time],
    ['samples', BigInt(sorted.length)],
    ['first_time', sorted[0]?.time],
    ['last_time', sorted.at(-1)?.time],
  ];
  for (const column of tableOf(entity).columns) {
    if (column.part === 'identity') cells.push([column.name, sorted[0]?.identity[column.key]]);
    else if (column.part === 'info') cells.push([column.name, lastInfo(sorted, column)]);
    else if (column.part === 'infoMap') cells.push([column.name, lastInfoMap(sorted, column)]);
    else if (column.part === 'state') cells.push(...stateCells(column, statesOf(sorted, column)));
    else if (column.part === 'value') {
      const cellsOf = entity.metrics[column.key]?.kind === 'counter' ? counterCells : gaugeCells;
      cells.push(...cellsOf(column, sorted));
    }
  }
  return Object.fromEntries(cells);
}

function lastInfo(rows: readonly Row[], { key }: Column): Cell {
  return rows.findLast(({ info }) => info[key] !== undefined)?.info[key];
}

function lastInfoMap(rows: readonly Row[], { key: prefix }: Column): Cell {
  const maps = rows.map(({ info }) => Object.entries(info).filter(([name]) => name.startsWith(prefix)));
  const last = maps.findLast((entries) => entries.length > 0);
  return last && Object.fromEntries(last.map(([name, value]) => [name.slice(prefix.length), value]));
}

function gaugeCells(column: Column, rows: readonly Row[]): [string, Cell][] {
  const amounts = figuresOf(rows, column).map(({ value }) => amountOf(column, value));
  return cellsOf(column, {
    sum: amounts.length === 0 ? undefined : amounts.reduce(add),
    count: BigInt(amounts.length),
    min: inOrder(amounts)[0],
    max: inOrder(amounts).at(-1),
    last: amounts.at(-1),
  });
}

function counterCells(column: Column, rows: readonly Row[]): [string, Cell][] {
  const samples = figuresOf(rows, column);
  const [first] = samples;
  const last = samples.at(-1);
  const steps = samples
    .slice(1)
    .map((after, index) => increaseBetween(column, samples[index] ?? after, after));
  return cellsOf(column, {
    count: BigInt(samples.length),
    first: first && amountOf(column, first.value),
    first_start: first?.start,
    last: last && amountOf(column, last.value),
    last_start: last?.start,
    last_time: last?.time,
    increase: first && steps.reduce(add, amountOf(column, 0)),
  });
}

function stateCells(column: Column, samples: readonly Sample<string>[]): [string, Cell][] {
  const last = samples.at(-1);
  const times: Record<string, number> = {};
  for (const [index, { time, value }] of samples.slice(0, -1).entries()) {
    const next = samples[index + 1]?.time ?? time;
    times[value] = (times[value] ?? 0) + Math.min(next - time, holdMicros);
  }
  return cellsOf(column, {
    count: BigInt(samples.length),
    first: samples[0]?.value,
    first_time: samples[0]?.time,
    last: last?.value,
    last_time: last?.time,
    times: last && times,
  });
}

function cellsOf({ name }: Column, figures: Readonly<Record<string, Cell>>): [string, Cell][] {
  return Object.entries(figures).map(([part, cell]) => [`${name}_${part}`, cell]);
}
