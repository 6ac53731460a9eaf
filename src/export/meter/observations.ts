import type { Attributes, Observable } from '@opentelemetry/api';
import type { Micros } from '../../metric/time.ts';
import type { FleetInstrument } from './instrument.ts';
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
      [...instruments].map((instrument) => [
        instrument,
        new Series({ limit, ...instrument.seriesOptions() }),
      ]),
    );
    this.#now = { time: now };
  }

  /** What a callback observes after its deadline counts no more. */
  close(): void {
    this.#open = false;
  }

  observe(metric: Observable, value: number, attributes: Attributes = {}, stamp: Stamp = this.#now): void {
    const series = this.series.get(metric);
    if (series === undefined || !this.#open) return;
    series.add({
      attributes,
      value,
      startTime: stamp.start === undefined ? unknownTime : this.#starts.of(stamp.start),
      endTime: this.#times.of(stamp.time),
    });
  }
}
