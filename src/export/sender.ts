/** One `ExportMetricsServiceRequest` as bytes: what waits in the spool and what is sent. */
export interface Payload {
  readonly encoding: 'protobuf' | 'json';
  readonly bytes: Uint8Array;
}

export type SendOutcome =
  /** Durable at the receiver, but for the points that it refused for good. */
  | { readonly kind: 'accepted'; readonly rejectedPoints: number; readonly message?: string }
  /** The receiver will never take this payload. */
  | { readonly kind: 'refused'; readonly message: string }
  /**
   * Not now: keep the payload and try again. `suspect` says that the payload itself may be the reason, so that it is given up after some
   * attempts rather than left to block those behind it.
   */
  | { readonly kind: 'retry'; readonly message: string; readonly afterMs?: number; readonly suspect?: true };

/** Delivers payloads, to an OTLP endpoint or to the database within this process. Never rejects for the receiver's sake. */
export interface Sender {
  /** Where to, for log lines; without secrets. */
  readonly target: string;
  send(payload: Payload, signal: AbortSignal): Promise<SendOutcome>;
  close(): Promise<void>;
}
