import type { BatchObservableCallback, Observable } from '@opentelemetry/api';
import { FleetInstrument } from './instrument.ts';
import type { Observations } from './observations.ts';

/** A callback as a collection runs it: for these instruments, into these observations. */
export interface Callback {
  readonly instruments: ReadonlySet<FleetInstrument>;
  run(observations: Observations): void | Promise<void>;
}

interface Batch {
  readonly callback: BatchObservableCallback;
  readonly instruments: ReadonlySet<FleetInstrument>;
}

/** The batch callbacks of a meter; one is known by its function and the set of its instruments. */
export class BatchCallbacks {
  readonly #batches: Batch[] = [];

  add(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ours(observables);
    if (instruments.size === 0 || this.#indexOf(callback, instruments) !== -1) return;
    this.#batches.push({ callback, instruments });
  }

  remove(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const index = this.#indexOf(callback, ours(observables));
    if (index !== -1) this.#batches.splice(index, 1);
  }

  all(): readonly Callback[] {
    return this.#batches.map(({ callback, instruments }) => ({
      instruments,
      run: (observations) => callback(observations),
    }));
  }

  #indexOf(callback: BatchObservableCallback, instruments: ReadonlySet<FleetInstrument>): number {
    return this.#batches.findIndex(
      (batch) => batch.callback === callback && sameSet(batch.instruments, instruments),
    );
  }
}

/** The callbacks that one instrument has of its own. */
export function callbacksOf(instrument: FleetInstrument): readonly Callback[] {
  return [...instrument.callbacks].map((callback) => ({
    instruments: new Set([instrument]),
    run: (observations) =>
      callback({ observe: (value, attributes) => observations.observe(instrument, value, attributes) }),
  }));
}

function sameSet(a: ReadonlySet<FleetInstrument>, b: ReadonlySet<FleetInstrument>): boolean {
  return a.size === b.size && [...a].every((instrument) => b.has(instrument));
}

function ours(observables: readonly Observable[]): ReadonlySet<FleetInstrument> {
  return new Set(observables.filter((observable) => observable instanceof FleetInstrument));
}
