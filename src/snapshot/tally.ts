import { collector as collectorEntity } from '../catalog/self.ts';
import type { Failure, Problem } from '../collectors/collector.ts';
import { type Row, toRow } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Taken } from './take.ts';

/** Counts how one collector fares over the life of the process, and logs when that changes, not every time. */
export class Tally {
  readonly #collector: string;
  readonly #logger: Logger;
  readonly #problems = { timeout: 0, parse: 0, other: 0 };
  #failures = 0;
  #lastSuccessSeconds: number | undefined;
  #failure: Failure | undefined;
  #problemKinds = '';

  constructor(collector: string, logger: Logger) {
    this.#collector = collector;
    this.#logger = logger;
  }

  add(taken: Taken, time: Micros): void {
    for (const { kind } of taken.problems) this.#problems[kind] += 1;
    if (taken.failure === undefined) this.#lastSuccessSeconds = time / 1e6;
    else this.#failures += 1;
    this.#logFailure(taken.failure);
    this.#logProblems(taken.problems);
  }

  row(
    taken: Taken,
    origin: { readonly instance: string; readonly processStart: Micros; readonly time: Micros },
  ): Row {
    const sample = {
      instance: origin.instance,
      collector: this.#collector,
      processStart: origin.processStart,
      up: taken.failure === undefined,
      errorType: taken.failure?.type,
      durationSeconds: taken.durationMs / 1000,
      failures: this.#failures,
      problems: this.#problems,
      lastSuccessSeconds: this.#lastSuccessSeconds,
    };
    return toRow(collectorEntity, sample, origin.time);
  }

  #logFailure(failure: Failure | undefined): void {
    const before = this.#failure;
    this.#failure = failure;
    if (failure !== undefined && failure.type !== before?.type) {
      this.#logger.warn(failure.message, { collector: this.#collector, 'error.type': failure.type });
    } else if (failure === undefined && before !== undefined) {
      this.#logger.info(`collector ${this.#collector} reads its source again`, {
        collector: this.#collector,
      });
    }
  }

  #logProblems(problems: readonly Problem[]): void {
    for (const { kind, message } of problems) {
      this.#logger.debug(message, { collector: this.#collector, 'error.type': kind });
    }
    const kinds = [...new Set(problems.map(({ kind }) => kind))].sort().join(', ');
    const [first] = problems;
    if (first !== undefined && kinds !== this.#problemKinds) {
      const which = problems.length === 1 ? 'a read failed' : `${problems.length} reads failed, the first`;
      this.#logger.warn(`${which}: ${first.message}`, { collector: this.#collector, 'error.type': kinds });
    }
    this.#problemKinds = kinds;
  }
}
