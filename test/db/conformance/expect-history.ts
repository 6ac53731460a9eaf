import { expect } from 'vitest';
import type { History, HistoryPoint } from '../../../src/db/ports.ts';
import type { Expected } from './history-oracle.ts';
import type { Amount } from './samples.ts';

type Series = ReadonlyMap<string, readonly Expected[]>;

/** Integers to the last digit, doubles to a billionth, and neither a point too many nor one too few. */
export function expectSameHistory({ series }: History, expected: Series): void {
  const found = series.map(
    ({ identity, points }) => [JSON.stringify(Object.values(identity)), points] as const,
  );
  expect(found.map(([thing]) => thing).toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [thing, points] of found) {
    const wanted = expected.get(thing) ?? [];
    expect(points.map(whole)).toEqual(wanted.map(wholeOf));
    for (const [index, point] of points.entries()) expectClose(point, wanted[index]);
  }
}

function whole({ time, samples, value, min, max, state, stateMicros, unknownMicros }: HistoryPoint) {
  return {
    time,
    samples,
    hasValue: value !== undefined,
    min: exactly(min),
    max: exactly(max),
    state,
    states: stateMicros,
    unknownMicros,
  };
}

function wholeOf({ time, samples, sum, increase, min, max, state, states, unknownMicros }: Expected) {
  const hasValue = sum !== undefined || increase !== undefined;
  return { time, samples, hasValue, min: exactly(min), max: exactly(max), state, states, unknownMicros };
}

/** Doubles are the same however they were come by; of an integer the type depends on its size. */
function exactly(value: Amount | undefined): Amount | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

function expectClose({ value }: HistoryPoint, expected: Expected | undefined): void {
  if (value === undefined || expected === undefined) return;
  const { sum, increase, samples } = expected;
  if (typeof increase === 'bigint') {
    expect(BigInt(value)).toBe(increase);
    return;
  }
  const right = increase ?? Number(sum) / samples;
  const scale = Math.max(1000, Math.abs(right));
  expect(Math.abs(Number(value) - right) / scale).toBeLessThan(1e-12);
}
