import type { Micros } from '../../metric/time.ts';
import type { AuditAction, AuditLine } from './audit-line.ts';
import { hasEnded, lastNoted } from './lifetime.ts';
import type { Deployment } from './record.ts';
import type { AuditCounts } from './sample.ts';

const mostDeployments = 1000;
const mostGaps = 50;
/** Lines about a deployment that has ended still come for a while. */
const aftermath: Micros = 3600 * 1e6;

interface Gap {
  readonly from: Micros;
  /** Undefined until a line after it has been read. */
  to: Micros | undefined;
}

type Counts = Partial<Record<AuditAction, number>>;

/** What the audit log notes of each deployment, and of which of them it was read from beginning to end. */
export class AuditTally {
  readonly #counts = new Map<string, Counts>();
  readonly #gaps: Gap[] = [];
  #since: Micros | undefined;
  #last: Micros | undefined;

  /** Time of the last line. */
  get last(): Micros | undefined {
    return this.#last;
  }

  add({ time, noted }: AuditLine): void {
    this.#since ??= time;
    this.#last = time;
    const open = this.#gaps.at(-1);
    if (open !== undefined) open.to ??= time;
    if (noted === undefined) return;
    const counts = this.#counts.get(noted.deploymentId) ?? {};
    this.#counts.set(noted.deploymentId, counts);
    counts[noted.action] = (counts[noted.action] ?? 0) + 1;
    const [oldest] = this.#counts.keys();
    if (this.#counts.size <= mostDeployments || oldest === undefined) return;
    this.#counts.delete(oldest);
    // Nothing noted must not be taken for what was forgotten.
    this.#since = time;
  }

  /** Notes that lines after the last one may be missing. */
  skip(): void {
    const open = this.#gaps.at(-1);
    if (this.#last === undefined || (open !== undefined && open.to === undefined)) return;
    this.#gaps.push({ from: this.#last, to: undefined });
    if (this.#gaps.length > mostGaps) this.#since = this.#gaps.shift()?.to ?? this.#since;
  }

  /** @param isCurrent - whether the log has just been read to its end. */
  of(deployment: Deployment, isCurrent: boolean): AuditCounts | undefined {
    const counts = this.#counts.get(deployment.id) ?? {};
    const wasProposed = (counts.rollback_proposed ?? 0) > 0 ? true : undefined;
    if (!isCurrent || !this.#covers(deployment, counts)) {
      return wasProposed === undefined ? undefined : { ...nothing, rollbackProposed: true };
    }
    return {
      refusals: counts.update_rejected ?? 0,
      errors: counts.update_error ?? 0,
      skips: counts.skipped_maintenance ?? 0,
      serviceTokenUses: counts.service_token_use ?? 0,
      rollbackProposed: wasProposed ?? false,
    };
  }

  #covers(deployment: Deployment, counts: Counts): boolean {
    const { startedAt } = deployment;
    if (typeof startedAt !== 'number' || this.#since === undefined) return false;
    const sawStart = (counts.deployment_started ?? 0) > 0 || this.#since <= startedAt;
    const end = hasEnded(deployment) ? (lastNoted(deployment) ?? Infinity) + aftermath : Infinity;
    return sawStart && this.#gaps.every(({ from, to }) => end < from || (to ?? Infinity) < startedAt);
  }
}

const nothing = {
  refusals: undefined,
  errors: undefined,
  skips: undefined,
  serviceTokenUses: undefined,
} as const;
