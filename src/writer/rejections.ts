/** Why a point is not stored, ever: each with what it says to the sender. */
export const rejectionReasons = {
  unknown_metric: 'the metric is not in the catalog',
  wrong_unit: 'the unit is not the one in the catalog',
  wrong_kind: 'the kind is not the one in the catalog',
  wrong_temporality: 'sums must be cumulative',
  missing_attribute: 'an attribute that tells the series apart is missing',
  extra_attribute: 'an attribute is none of this metric',
  attribute_not_text: 'an attribute is no text, and the catalog has no others',
  wrong_attribute_value: 'an attribute has a value that the catalog does not know',
  time_missing: 'the time is missing',
  time_too_old: 'the time is further back than is kept',
  time_in_future: 'the time is in the future',
  value_missing: 'there is no value',
  value_not_finite: 'the value is infinite or not a number',
  value_not_integer: 'the value is no whole number of 64 bits',
  value_negative: 'a count is below zero',
  value_not_allowed: 'the value is none that this metric can have',
  ambiguous_state: 'more than one state is said to be the current one',
  contradiction: 'the request has another value for the same series and time',
  refused_row: 'the database can never store the row',
} as const;

export type RejectionReason = keyof typeof rejectionReasons;

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

  /** One sentence per finding, for the sender's developers; undefined when every point was good. */
  message(): string | undefined {
    if (this.#points === 0) return undefined;
    const findings = this.findings();
    const parts = findings.slice(0, maxInMessage).map(describeFinding);
    if (findings.length > maxInMessage) parts.push('and more');
    return `points rejected: ${this.#points} (${parts.join('; ')})`;
  }
}

export function describeFinding({ metric, reason, points, detail }: Finding): string {
  const more = detail === undefined ? '' : ` (${detail})`;
  return `${points} of ${JSON.stringify(metric)}: ${reason}, ${rejectionReasons[reason]}${more}`;
}
