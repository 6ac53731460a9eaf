import { z } from 'zod';
import type { AnyMetric } from '../../metric/define.ts';
import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { HistoryPoint, HistorySeries } from '../ports.ts';
import { integerOf } from '../rows/rows.ts';
import type { HistoryPlan } from './parts.ts';

/** The rows of a history statement: a series each. */
export const historyRows = z.array(z.tuple([z.string(), z.string(), z.string()], z.string()));

type HistoryRow = z.infer<typeof historyRows>[number];

export interface HistorySubject {
  readonly metric: AnyMetric;
  readonly plan: HistoryPlan;
  /** The end of what states are known for: of the range, or now. */
  readonly until: Micros;
}

const textList = z.array(z.string());
/** Of an element per step, whose parts are looked at one by one: a schema for each would take longer than all the rest. */
const list = z.array(z.unknown());

type TimesOf = (offsets: string | undefined) => readonly Micros[];

/** Makes series of the rows of a history statement, in the order of identity and time. */
export function seriesOf(subject: HistorySubject, rows: readonly HistoryRow[]): readonly HistorySeries[] {
  const pointsOf = subject.metric.kind === 'stateset' ? statePoints : figurePoints;
  const timesOf = timesReader(subject.plan);
  return rows
    .map((row) => ({ values: textList.parse(JSON.parse(row[0])), row }))
    .toSorted((a, b) => compareTexts(a.values, b.values))
    .map(({ values, row }) => ({
      identity: Object.fromEntries(subject.plan.identity.map(({ key }, index) => [key, values[index] ?? ''])),
      points: pointsOf(subject, row, timesOf).toSorted((a, b) => a.time - b.time),
    }));
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((text, position) => text !== b[position]);
  return (a[index] ?? '') < (b[index] ?? '') ? -1 : Number(index >= 0);
}

function figurePoints(
  { metric, plan }: HistorySubject,
  row: HistoryRow,
  timesOf: TimesOf,
): readonly HistoryPoint[] {
  const [, offsets, counts, firsts, leasts, greatests] = row;
  const isInteger = plan.metric.type === 'bigint';
  const figure = (text: string | undefined): Value | undefined => {
    if (text === undefined || text === 'NULL') return undefined;
    return isInteger ? integerOf(text) : Number(text);
  };
  const samples = elementsOf(counts);
  const [values, min, max] = [firsts, leasts, greatests].map(elementsOf);
  const valueAt = (index: number): Value | undefined =>
    metric.kind === 'counter' ? figure(values?.[index]) : Number(values?.[index]) / Number(samples[index]);
  return timesOf(offsets).map((time, index) => ({
    time,
    value: valueAt(index),
    min: figure(min?.[index]),
    max: figure(max?.[index]),
    state: undefined,
    stateMicros: undefined,
    unknownMicros: undefined,
    samples: Number(samples[index]),
  }));
}

function statePoints(
  { plan, until }: HistorySubject,
  row: HistoryRow,
  timesOf: TimesOf,
): readonly HistoryPoint[] {
  const [, offsets, counts, states = '[]', held, inside = '[]', ...others] = row;
  const { from, stepMicros } = plan.range;
  const samples = elementsOf(counts);
  const lastStates = list.parse(JSON.parse(states));
  const heldLast = elementsOf(held);
  const timesInside = list.parse(JSON.parse(inside));
  const heldElsewhere = heldAt(timesOf, others);
  return timesOf(offsets).map((time, index) => {
    const lastState = lastStates[index];
    const last = typeof lastState === 'string' ? lastState : undefined;
    const stateMicros: Record<string, number> = {};
    let known = 0;
    const add = (name: string, micros: number): void => {
      stateMicros[name] = (stateMicros[name] ?? 0) + micros;
      known += micros;
    };
    for (const [name, micros] of Object.entries(timesInside[index] ?? {})) add(name, Number(micros));
    if (last !== undefined && Number(heldLast[index]) > 0) add(last, Number(heldLast[index]));
    for (const [name, micros] of heldElsewhere.get(time) ?? []) add(name, micros);
    const past = Math.min(time + stepMicros, until) - Math.max(time, from);
    return {
      time,
      value: undefined,
      min: undefined,
      max: undefined,
      state: last,
      stateMicros,
      unknownMicros: Math.max(0, past - known),
      samples: Number(samples[index]),
    };
  });
}

type StateTime = readonly [state: string, micros: number];

/**
 * For how long each state held within a step, by the start of the step. There may be steps without a sample: of those nothing
 * is said, so that what is gone does not seem to last.
 */
function heldAt(timesOf: TimesOf, lists: readonly string[]): ReadonlyMap<Micros, readonly StateTime[]> {
  const [offsets, states = '[]', durations] = lists;
  const state = textList.parse(JSON.parse(states));
  const micros = elementsOf(durations);
  const held = new Map<Micros, StateTime[]>();
  for (const [index, time] of timesOf(offsets).entries()) {
    const one: StateTime = [state[index] ?? '', Number(micros[index])];
    const others = held.get(time);
    if (others === undefined) held.set(time, [one]);
    else others.push(one);
  }
  return held;
}

/** Most series have samples in the same steps. */
function timesReader({ range }: HistoryPlan): TimesOf {
  const known = new Map<string | undefined, readonly Micros[]>();
  return (offsets) => {
    const read =
      known.get(offsets) ??
      elementsOf(offsets).map((seconds) => range.from + Math.round(Number(seconds) * 1e6));
    known.set(offsets, read);
    return read;
  };
}

/** The elements of a list of numbers as PostgreSQL writes it: `{1,NULL,3}`. */
function elementsOf(list: string | undefined): readonly string[] {
  return list === undefined || list === '{}' ? [] : list.slice(1, -1).split(',');
}
