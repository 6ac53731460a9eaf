import type { Micros } from '../../metric/time.ts';

/** How a probe ended: the first thing that went wrong, on the way from the name to the last byte. */
export const outcomes = [
  'ok',
  'name_unresolved',
  'name_timeout',
  'connection_refused',
  'connection_timeout',
  'connection_failed',
  'tls_failed',
  'tls_timeout',
  'certificate_expired',
  'certificate_not_yet_valid',
  'certificate_wrong_name',
  'certificate_self_signed',
  'certificate_untrusted',
  'status_unexpected',
  'response_timeout',
  'body_timeout',
  'connection_lost',
  'protocol_violated',
  'unknown',
] as const;
export type Outcome = (typeof outcomes)[number];

/** The stages of a probe, in their order. */
export const phases = ['dns', 'connect', 'tls', 'first_byte', 'body'] as const;
export type Phase = (typeof phases)[number];

/** What one probe found; what it did not come to is undefined. */
export interface ProbeResult {
  readonly outcome: Outcome;
  /** Code of the error, or the status that was not expected; undefined when all is well. */
  readonly errorType: string | undefined;
  readonly statusCode: number | undefined;
  /** Seconds that each stage took which came to its end. */
  readonly phaseSeconds: Readonly<Partial<Record<Phase, number>>>;
  /** Seconds until the probe was over, well or not. */
  readonly seconds: number;
  /** The end of the certificate's validity, trusted or not. */
  readonly certificateExpires: Micros | undefined;
}

/** A public address, and how it answered; without outcome and time where it could not be probed. */
export interface EndpointSample extends Omit<ProbeResult, 'outcome' | 'seconds'> {
  readonly outcome: Outcome | undefined;
  readonly seconds: number | undefined;
  readonly name: string;
  /** Without user, password and query. */
  readonly url: string;
  /** Of the probe. */
  readonly time: Micros;
}
