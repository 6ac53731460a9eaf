const perMinute = 60;

/** What the rate limit says to one request. */
export interface Admission {
  readonly admitted: boolean;
  /** Whole requests that are left. */
  readonly remaining: number;
}

/** The rate limit of an agent: 60 requests a minute for each kind of caller and address, one more each second. */
export class TokenBuckets {
  readonly #buckets = new Map<string, { level: number; at: number }>();

  /** @param now - milliseconds. */
  take(caller: string, now: number): Admission {
    const bucket = this.#buckets.get(caller) ?? { level: perMinute, at: now };
    const level = Math.min(perMinute, bucket.level + ((now - bucket.at) / 60_000) * perMinute);
    const admitted = level >= 1;
    const left = admitted ? level - 1 : level;
    this.#buckets.set(caller, { level: left, at: now });
    return { admitted, remaining: Math.floor(left) };
  }
}

export const rateLimitHeaders = ({ remaining }: Admission) => ({
  'x-ratelimit-limit': String(perMinute),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-window': '60',
});
