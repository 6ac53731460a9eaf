import type { Derivation, Derived } from '../collectors/collector.ts';
import type { Row } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import type { Logger } from '../runtime/logger.ts';

/** Runs the derivations one after the other, each on all rows so far. One that throws costs only what it would have said. */
export function deriveAll(
  derivations: readonly Derivation[],
  rows: readonly Row[],
  { time, logger }: { readonly time: Micros; readonly logger: Logger },
): Required<Derived> {
  const all = [...rows];
  const findings = derivations.flatMap((derivation) => {
    try {
      const derived = derivation.derive(all, time);
      all.push(...derived.rows);
      return derived.findings ?? [];
    } catch (thrown) {
      logger.error(`deriving ${derivation.name} from a snapshot failed`, { error: thrown });
      return [];
    }
  });
  return { rows: all, findings };
}
