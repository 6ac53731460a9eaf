export interface AdmissionLimits {
  readonly maxRequestsInFlight: number;
  readonly maxBytesInFlight: number;
}

/** One request's share of what the server bears at a time. */
export interface Ticket {
  /** Takes that many bytes more; false when they are more than there is room for. */
  hold(bytes: number): boolean;
  /** Gives bytes back that are no longer held. */
  drop(bytes: number): void;
  /** Gives back everything. */
  leave(): void;
}

/** Bounds requests and bytes under way; what does not fit is not queued, but sent away to come back later. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #requests = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Requests and bytes under way. */
  load(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  /** Undefined when there are as many requests as there may be. */
  enter(): Ticket | undefined {
    if (this.#requests >= this.#limits.maxRequestsInFlight) return undefined;
    this.#requests += 1;
    let held = 0;
    const drop = (bytes: number): void => {
      held -= bytes;
      this.#bytes -= bytes;
    };
    return {
      hold: (bytes) => {
        if (this.#bytes + bytes > this.#limits.maxBytesInFlight) return false;
        held += bytes;
        this.#bytes += bytes;
        return true;
      },
      drop,
      leave: () => {
        drop(held);
        this.#requests -= 1;
      },
    };
  }
}
