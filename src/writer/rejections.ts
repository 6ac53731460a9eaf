import { type RejectionReason, rejectionReasons } from '../catalog/rejection-reasons.ts';

/** Distinct metrics and reasons that are told apart; a sender's mistakes come in few kinds. */
const maxFindings = 100;
/** Findings that fit into a message for people. */
const maxInMessage = 10;
const maxNameLength = 100;

export interface Finding {
  readonly metric: string;
  readonly reason: RejectionReason;
  readonly points: number;
  /** More than the reason says, if anything. */
  readonly detail?: string;
}

/** Counts the points of one request that are not stored, by metric and reason. */
export class Rejections {
  readonly #findings = new Map<string, Finding>();
  readonly #byReason = new Map<RejectionReason, number>();
  #points = 0;

  add(metric: string, reason: RejectionReason, points = 1, detail?: string): void {
    if (points === 0) return;
    this.#points += points;
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + points);
    const name = metric.length > maxNameLength ? `${metric.slice(0, maxNameLength)}…` : metric;
    const key = `${reason} ${name}`;
    const known = this.#findings.get(key);
    if (known !== undefined) this.#findings.set(key, { ...known, points: known.points + points });
    else if (this.#findings.size < maxFindings)
      this.#findings.set(key, { metric: name, reason, points, ...(detail === undefined ? {} : { detail }) });
  }

  get points(): number {
    return this.#points;
  }

  byReason(): ReadonlyMap<RejectionReason, number> {
    return this.#byReason;
  }

  findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  /** One sentence per finding, for the sender's developers; undefined when everything was good. */
  message(what: 'points' | 'records' = 'points'): string | undefined {
    if (this.#points === 0) return undefined;
    const findings = this.findings();
    const parts = findings.slice(0, maxInMessage).map(describeFinding);
    if (findings.length > maxInMessage) parts.push('and more');
    return `${what} rejected: ${this.#points} (${parts.join('; ')})`;
  }
}

export function describeFinding({ metric, reason, points, detail }: Finding): string {
  const more = detail === undefined ? '' : ` (${detail})`;
  return `${points} of ${JSON.stringify(metric)}: ${reason}, ${rejectionReasons[reason]}${more}`;
}
