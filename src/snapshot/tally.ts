import { collector as collectorEntity } from '../catalog/self.ts';
import type { Failure, Problem } from '../collectors/collector.ts';
import { type Row, toRow } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Taken } from './take.ts';

/** A kind of failure that was not seen for so long is news again. */
const quietMicros: Micros = 600_000_000;

/** Counts how one collector fares over the life of the process, and logs when that changes, not every time. */
export class Tally {
  readonly #collector: string;
  readonly #logger: Logger;
  readonly #problems = { timeout: 0, parse: 0, other: 0 };
  #failures = 0;
  #lastSuccessSeconds: number | undefined;
  /** The types of failure that were told of since it last succeeded. */
  readonly #told = new Set<string>();
  /** When reads of each kind last failed. */
  readonly #failedAt = new Map<string, Micros>();

  constructor(collector: string, logger: Logger) {
    this.#collector = collector;
    this.#logger = logger;
  }

  add(taken: Taken, time: Micros): void {
    for (const { kind } of taken.problems) this.#problems[kind] += 1;
    if (taken.failure === undefined) this.#lastSuccessSeconds = time / 1e6;
    else this.#failures += 1;
    this.#logFailure(taken.failure);
    this.#logProblems(taken.problems, time);
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
    if (failure !== undefined) {
      if (this.#told.has(failure.type)) return;
      this.#told.add(failure.type);
      this.#logger.warn(failure.message, { collector: this.#collector, 'error.type': failure.type });
    } else if (this.#told.size > 0) {
      this.#told.clear();
      this.#logger.info(`collector ${this.#collector} reads its source again`, {
        collector: this.#collector,
      });
    }
  }

  /** What fails now and then, such as one agent of many that hangs, is told of once, not each time anew. */
  #logProblems(problems: readonly Problem[], time: Micros): void {
    for (const { kind, message } of problems) {
      this.#logger.debug(message, { collector: this.#collector, 'error.type': kind });
    }
    const fresh = problems.filter(({ kind }) => time - (this.#failedAt.get(kind) ?? 0) > quietMicros);
    for (const { kind } of problems) this.#failedAt.set(kind, time);
    const [first] = fresh;
    if (first === undefined) return;
    const which = problems.length === 1 ? 'a read failed' : `${problems.length} reads failed, one of them`;
    const kinds = [...new Set(problems.map(({ kind }) => kind))].sort().join(', ');
    this.#logger.warn(`${which}: ${first.message}`, { collector: this.#collector, 'error.type': kinds });
  }
}
