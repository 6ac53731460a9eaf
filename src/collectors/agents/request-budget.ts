import type { Clock } from '../../runtime/clock.ts';

const minuteMs = 60_000;

/** So many requests within any minute, not only on average. */
export class RequestBudget {
  readonly #perMinute: number;
  readonly #clock: Clock;
  #sent: readonly number[] = [];

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Whether one more may be sent now; if so, it counts as sent. */
  take(): boolean {
    if (this.left === 0) return false;
    this.#sent = [...this.#sent, this.#clock.monotonic()];
    return true;
  }

  get left(): number {
    const since = this.#clock.monotonic() - minuteMs;
    this.#sent = this.#sent.filter((at) => at > since);
    return this.#perMinute - this.#sent.length;
  }
}

/** The budgets of all addresses: who asks there, and under which name, changes nothing of what is borne there. */
export class RequestBudgets {
  readonly #perMinute: number;
  readonly #clock: Clock;
  readonly #budgets = new Map<string, RequestBudget>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  at(origin: string): RequestBudget {
    const budget = this.#budgets.get(origin) ?? new RequestBudget(this.#perMinute, this.#clock);
    this.#budgets.set(origin, budget);
    return budget;
  }

  /** Forgets addresses where nobody asks, once nothing is spent there. */
  keepOnly(origins: ReadonlySet<string>): void {
    for (const [origin, budget] of this.#budgets) {
      if (!origins.has(origin) && budget.left === this.#perMinute) this.#budgets.delete(origin);
    }
  }
}
