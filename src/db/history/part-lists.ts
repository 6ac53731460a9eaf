import type { RollupColumn } from '../../catalog/rollup.ts';
import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { readAmounts, readTimes } from './lists.ts';
import { columnOf, type HistoryPlan, type PartFigure } from './parts.ts';

interface List {
  readonly text: string;
  readonly type: RollupColumn['type'];
}

/** The parts of a thing, as a list for each figure; in any order, which is the same for all. */
export class PartLists {
  readonly #lists: ReadonlyMap<PartFigure, List>;

  /** Where there is no part, the texts are null, or there are none. */
  constructor(plan: HistoryPlan, figures: readonly PartFigure[], texts: readonly (string | null)[]) {
    this.#lists = new Map(
      figures.flatMap((figure, index) => {
        const text = texts[index];
        return typeof text === 'string' ? [[figure, { text, type: columnOf(plan, figure).type }]] : [];
      }),
    );
  }

  /** Not a number where there is none. */
  times(figure: PartFigure): ArrayLike<Micros> {
    const list = this.#lists.get(figure);
    return list === undefined ? [] : readTimes(list.text);
  }

  amounts(figure: PartFigure): ArrayLike<Value> {
    const list = this.#lists.get(figure);
    return list === undefined ? [] : readAmounts(list.text, list.type);
  }

  /** Texts, or documents. */
  elements(figure: PartFigure): readonly unknown[] {
    const list = this.#lists.get(figure);
    if (list === undefined) return [];
    const elements: unknown = JSON.parse(list.text);
    return Array.isArray(elements) ? elements : [];
  }
}

/** The places of times, the earliest first. */
export function inOrder(times: ArrayLike<Micros>): readonly number[] {
  const places: number[] = [];
  let isInOrder = true;
  for (let index = 0; index < times.length; index += 1) {
    places.push(index);
    isInOrder &&= index === 0 || (times[index - 1] ?? 0) <= (times[index] ?? 0);
  }
  return isInOrder ? places : places.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
}
