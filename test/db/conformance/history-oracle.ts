import { type Column, tableOf } from '../../../src/catalog/table.ts';
import type { AnyEntity } from '../../../src/metric/define.ts';
import type { Row, Value } from '../../../src/metric/row.ts';
import type { Micros } from '../../../src/metric/time.ts';
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

export interface Question {
  readonly from: Micros;
  readonly to: Micros;
  readonly stepMicros: number;
}

/** A point of an answer, without what is unknown. A sum of integers is exact; an average is given by sum and samples. */
export interface Expected {
  readonly time: Micros;
  readonly samples: number;
  readonly sum?: Amount;
  readonly min?: Amount | undefined;
  readonly max?: Amount | undefined;
  readonly increase?: Amount;
  readonly state?: string;
  readonly states?: Readonly<Record<string, number>>;
  readonly unknownMicros?: number;
}

/** The history of one metric by brute force, by the values of the identity as JSON. */
export function historyByForce(
  entity: AnyEntity,
  metric: string,
  rows: readonly Row[],
  question: Question,
): ReadonlyMap<string, readonly Expected[]> {
  const table = tableOf(entity);
  const column = table.columns.find(
    ({ part, key }) => (part === 'value' || part === 'state') && key === metric,
  );
  if (column === undefined) throw new Error(`${entity.name} has no ${metric}`);
  const kind = entity.metrics[metric]?.kind;
  const series = [...byThing(table, rows)].map(([thing, ofThing]) => {
    if (kind === 'stateset') return [thing, ofStates(statesOf(ofThing, column), question)] as const;
    const samples = figuresOf(ofThing, column);
    const points = kind === 'counter' ? ofCounter : ofGauge;
    return [thing, points(column, samples, question)] as const;
  });
  return new Map(series.filter(([, points]) => points.length > 0));
}

const stepStart = (time: Micros, { stepMicros }: Question): Micros =>
  Math.floor(time / stepMicros) * stepMicros;

/** The samples within the range, by the start of their step. */
function bySteps<T>(
  samples: readonly Sample<T>[],
  question: Question,
): readonly [Micros, readonly Sample<T>[]][] {
  const inside = samples.filter(({ time }) => time >= question.from && time < question.to);
  return [...Map.groupBy(inside, ({ time }) => stepStart(time, question))];
}

function ofGauge(column: Column, samples: readonly Sample<Value>[], question: Question): readonly Expected[] {
  return bySteps(samples, question).map(([time, inStep]) => {
    const amounts = inStep.map(({ value }) => amountOf(column, value));
    return {
      time,
      samples: inStep.length,
      sum: amounts.reduce(add),
      min: inOrder(amounts)[0],
      max: inOrder(amounts).at(-1),
    };
  });
}

function ofCounter(
  column: Column,
  samples: readonly Sample<Value>[],
  question: Question,
): readonly Expected[] {
  return bySteps(samples, question).map(([time, inStep]) => {
    const increases = inStep.flatMap((sample) => {
      const before = samples[samples.indexOf(sample) - 1];
      if (before !== undefined) return [increaseBetween(column, before, sample)];
      return sample.start !== undefined && sample.start >= question.from
        ? [amountOf(column, sample.value)]
        : [];
    });
    const known = increases.length > 0 ? { increase: increases.reduce(add) } : {};
    return { time, samples: inStep.length, ...known };
  });
}

function ofStates(samples: readonly Sample<string>[], question: Question): readonly Expected[] {
  return bySteps(samples, question).map(([time, inStep]) => {
    const begin = Math.max(time, question.from);
    const end = Math.min(time + question.stepMicros, question.to);
    const states: Record<string, number> = {};
    for (const [index, sample] of samples.entries()) {
      const next = samples[index + 1]?.time ?? Number.POSITIVE_INFINITY;
      const until = Math.min(next, sample.time + holdMicros, end);
      const held = until - Math.max(sample.time, begin);
      if (held > 0) states[sample.value] = (states[sample.value] ?? 0) + held;
    }
    const known = Object.values(states).reduce((sum, micros) => sum + micros, 0);
    const state = inStep.at(-1)?.value ?? '';
    return { time, samples: inStep.length, state, states, unknownMicros: end - begin - known };
  });
}
