/** What became of one payload. Only `stored` may be acknowledged. */
export type ReceiveOutcome = Stored | Undecodable | Unavailable;

export interface Stored {
  readonly kind: 'stored';
  /** Points or log records that can never be stored. */
  readonly rejected: number;
  /** What was wrong with the payload, if anything. */
  readonly message?: string;
}

/** It is no valid request, or one with more in it than the limit: nothing of it was stored, nor ever will be. */
export interface Undecodable {
  readonly kind: 'undecodable' | 'too_large';
  readonly message: string;
  readonly at: string;
}

/** Not all is known to be stored; the same payload may be sent again. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly message: string;
  readonly retryAfterMs: number;
}

/** What the sender is told of a request that was stored. */
export function stored(rejected: number, ...remarks: readonly (string | undefined)[]): Stored {
  const said = remarks.filter((remark) => remark !== undefined);
  return said.length === 0
    ? { kind: 'stored', rejected }
    : { kind: 'stored', rejected, message: said.join('; ') };
}
