import { type Attributes, type Observable, ValueType } from '@opentelemetry/api';
import type { Micros } from '../../metric/time.ts';
import { FleetInstrument } from './instrument.ts';
import { Series } from './series.ts';
import { HrTimes, type Stamp, type StampedResult, unknownTime } from './stamp.ts';

/** What one callback observed in one collection, of the instruments that it was registered for. */
export class Observations implements StampedResult {
  readonly series: ReadonlyMap<Observable, Series>;
  readonly #now: Stamp;
  readonly #times = new HrTimes();
  readonly #starts = new HrTimes();
  #open = true;

  constructor(instruments: Iterable<FleetInstrument>, limit: number, now: Micros) {
    this.series = new Map(
      [...instruments].map((instrument) => [instrument, new Series(limit, instrument.lastPoints)]),
    );
    this.#now = { time: now };
  }

  /** What a callback observes after its deadline counts no more. */
  close(): void {
    this.#open = false;
  }

  observe(metric: Observable, value: number, attributes: Attributes = {}, stamp: Stamp = this.#now): void {
    const series = this.series.get(metric);
    if (series === undefined || !this.#open || !isFigureFor(metric, value)) return;
    series.add({
      // A caller may reuse the object for its next set; one that is frozen stays what it is.
      attributes: Object.isFrozen(attributes) ? attributes : { ...attributes },
      value,
      startTime: stamp.start === undefined ? unknownTime : this.#starts.of(stamp.start),
      endTime: this.#times.of(stamp.time),
    });
  }
}

/** An integer instrument takes no fractions: cutting one off would make another figure of it. */
function isFigureFor(metric: Observable, value: unknown): boolean {
  if (typeof value !== 'number' || !(metric instanceof FleetInstrument)) return false;
  return metric.descriptor.valueType === ValueType.DOUBLE || Number.isInteger(value);
}
