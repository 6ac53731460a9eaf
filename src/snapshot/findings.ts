import { finding as findingEntity } from '../catalog/finding.ts';
import type { Finding } from '../collectors/collector.ts';
import { type Row, toRow } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { Logger } from '../runtime/logger.ts';

/** How many findings a log line each may tell of in one snapshot; the metric counts them all. */
const mostLogged = 20;

/** Counts the findings of each snapshot by kind, and logs those that the one before did not have. */
export class FindingBook {
  readonly #logger: Logger;
  #known: ReadonlySet<string> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  rows(findings: readonly Finding[], instance: string, time: Micros): readonly Row[] {
    this.#log(findings);
    const counts = new Map<string, number>();
    for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return [...counts].map(([kind, count]) => toRow(findingEntity, { instance, kind, count }, time));
  }

  #log(findings: readonly Finding[]): void {
    const fresh = findings.filter(({ kind, message }) => !this.#known.has(keyOf(kind, message)));
    for (const { kind, message, level = 'warn' } of fresh.slice(0, mostLogged)) {
      this.#logger[level](message, { 'ciris.finding.kind': kind });
    }
    if (fresh.length > mostLogged) {
      this.#logger.warn(`${fresh.length - mostLogged} more findings are not logged one by one`);
    }
    this.#known = new Set(findings.map(({ kind, message }) => keyOf(kind, message)));
  }
}

const keyOf = (kind: string, message: string): string => `${kind} ${message}`;
