/** What the writer bears. Every field has a default. */
export interface WriterLimits {
  /** Points further back than this are too old to be stored. */
  readonly maxAgeMs: number;
  /** Points further ahead of our clock than this are not believed. */
  readonly maxAheadMs: number;
  /** Messages, or JSON objects and arrays, in one request; eight numbers in a list, or eight JSON values, count as one. */
  readonly maxItems: number;
  /** Time for the database to commit one request, and for one transaction; below the 10 s after which clients give up. */
  readonly storeTimeoutMs: number;
  /** Rows or points that one transaction stores at most. */
  readonly maxTransactionItems: number;
  /** Transactions at a time into the same kind of table. */
  readonly maxTransactions: number;
  /** Requests that wait for the database or are being stored, the bytes that they came in, and the rows or points in them. */
  readonly maxQueuedRequests: number;
  readonly maxQueuedBytes: number;
  readonly maxQueuedItems: number;
  /** When to try again, as told to clients; they give up on more than they have left of their 10 s. */
  readonly retryAfterMs: number;
  /** Size of a body, both as it comes and decompressed. */
  readonly maxBodyBytes: number;
  /** Bodies of all requests under way, as they come and decompressed. */
  readonly maxBytesInFlight: number;
  readonly maxRequestsInFlight: number;
  /** Time for a body to arrive in whole. */
  readonly bodyTimeoutMs: number;
  /** Size of the headers of one request. */
  readonly maxHeaderBytes: number;
  /** Time that requests under way have left once the server closes. */
  readonly closeGraceMs: number;
}

const mebibyte = 2 ** 20;
const day = 24 * 60 * 60 * 1000;

export const defaultWriterLimits: WriterLimits = {
  maxAgeMs: 5 * day,
  maxAheadMs: 5 * 60 * 1000,
  maxItems: 4_000_000,
  storeTimeoutMs: 8_000,
  maxTransactionItems: 10_000,
  maxTransactions: 3,
  maxQueuedRequests: 128,
  maxQueuedBytes: 256 * mebibyte,
  maxQueuedItems: 500_000,
  retryAfterMs: 2_000,
  maxBodyBytes: 64 * mebibyte,
  maxBytesInFlight: 256 * mebibyte,
  maxRequestsInFlight: 64,
  bodyTimeoutMs: 20_000,
  maxHeaderBytes: 16_384,
  closeGraceMs: 3_000,
};
