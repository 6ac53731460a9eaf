import type { Value } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { HistoryPoint } from '../ports.ts';
import { inOrder, type PartLists } from './part-lists.ts';
import type { Reading } from './parts.ts';
import { type RangePlan, stepStart } from './range.ts';

/** Of these the database makes one part slowly. */
export const statesetReading: Reading = {
  figures: ['count', 'first_time', 'last', 'last_time', 'times'],
  mostBuckets: 64,
  followsOn: true,
};

/** What is asked, and what is known of states. */
export interface StatesetRange {
  readonly range: RangePlan;
  /** The end of what states are known for: of the range, or now. */
  readonly until: Micros;
  /** For how long a state is taken to hold when no other sample comes. */
  readonly holdMicros: number;
}

/** Figures of parts, a list each. */
interface Parts {
  readonly counts: ArrayLike<Value>;
  readonly firstTimes: ArrayLike<Micros>;
  /** The state of the last sample. */
  readonly lasts: readonly unknown[];
  readonly lastTimes: ArrayLike<Micros>;
  /** For how many microseconds each state held from the first to the last sample. */
  readonly times: readonly unknown[];
}

function partsOf(lists: PartLists): Parts {
  return {
    counts: lists.amounts('count'),
    firstTimes: lists.times('first_time'),
    lasts: lists.elements('last'),
    lastTimes: lists.times('last_time'),
    times: lists.elements('times'),
  };
}

/**
 * The last state of each step, and for how long each state is known to have held there: until the next sample, but not longer
 * than it may be believed, nor beyond the end of the range, or now. There may be steps without a sample: of those nothing is
 * said, so that what is gone does not seem to last.
 */
export function statesetPoints(
  { range, until, holdMicros }: StatesetRange,
  inside: PartLists,
  before: PartLists,
): readonly HistoryPoint[] {
  const parts = partsOf(inside);
  const places = inOrder(parts.lastTimes);
  const steps = new Steps(range, until);
  for (const place of places) steps.addPart(parts, place);
  const holdLast = ({ lasts, lastTimes }: Parts, place: number, next: Micros | undefined): void => {
    const time = lastTimes[place];
    if (time === undefined) return;
    steps.addHold(String(lasts[place]), time, Math.min(next ?? until, time + holdMicros, until));
  };
  const nextTime = (index: number): Micros | undefined => parts.firstTimes[places[index] ?? -1];
  holdLast(partsOf(before), 0, nextTime(0));
  for (const [index, place] of places.entries()) holdLast(parts, place, nextTime(index + 1));
  return steps.points;
}

interface Point extends HistoryPoint {
  state: string;
  readonly stateMicros: Record<string, number>;
  unknownMicros: number;
  samples: number;
}

/** Those that have samples. Everything is added in the order of time. */
class Steps {
  readonly points: Point[] = [];
  readonly #range: RangePlan;
  readonly #until: Micros;
  /** The first point that a hold may still reach. */
  #next = 0;

  constructor(range: RangePlan, until: Micros) {
    this.#range = range;
    this.#until = until;
  }

  addPart({ counts, lasts, lastTimes, times }: Parts, place: number): void {
    const time = stepStart(lastTimes[place] ?? 0, this.#range);
    const micros = timesOf(times[place]);
    const known = this.points.at(-1);
    // The first part's own record serves for its step: most steps have no other part.
    const point = known?.time === time ? known : this.#addPoint(time, micros);
    if (point === known) for (const state of Object.keys(micros)) addTime(point, state, micros[state] ?? 0);
    point.state = String(lasts[place]);
    point.samples += Number(counts[place]);
  }

  addHold(state: string, since: Micros, until: Micros): void {
    const { from, stepMicros } = this.#range;
    for (;;) {
      const point = this.points[this.#next];
      if (point === undefined || point.time >= until) return;
      const after = point.time + stepMicros;
      const micros = Math.min(until, after) - Math.max(since, point.time, from);
      if (micros > 0) addTime(point, state, micros);
      if (until < after) return;
      this.#next += 1;
    }
  }

  #addPoint(time: Micros, stateMicros: Record<string, number>): Point {
    const { from, stepMicros } = this.#range;
    const past = Math.min(time + stepMicros, this.#until) - Math.max(time, from);
    const point = {
      time,
      value: undefined,
      min: undefined,
      max: undefined,
      state: '',
      stateMicros,
      unknownMicros: Math.max(0, past - sumOf(stateMicros)),
      samples: 0,
    };
    this.points.push(point);
    return point;
  }
}

function addTime(point: Point, state: string, micros: number): void {
  point.stateMicros[state] = (point.stateMicros[state] ?? 0) + micros;
  point.unknownMicros = Math.max(0, point.unknownMicros - micros);
}

/** Of a document that the database made. */
function timesOf(document: unknown): Record<string, number> {
  return isTimes(document) ? document : {};
}

function isTimes(document: unknown): document is Record<string, number> {
  return typeof document === 'object' && document !== null && Number.isFinite(sumOf(document));
}

function sumOf(times: object): number {
  let sum = 0;
  for (const micros of Object.values(times)) sum += micros;
  return sum;
}
