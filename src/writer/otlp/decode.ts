import type { Payload } from '../../export/sender.ts';
import type { Steps } from '../../runtime/steps.ts';
import { DecodeFailure, type DecodeFailureKind } from './decode-failure.ts';
import { readJsonBody } from './json-body.ts';
import { logsRequestOf } from './json-logs.ts';
import { metricsRequestOf } from './json-metrics.ts';
import type { LogsRequest, MetricsRequest } from './model.ts';
import { readLogsRequest } from './proto-logs.ts';
import { readMetricsRequest } from './proto-metrics.ts';

export type DecodeOutcome<Request> =
  | { readonly kind: 'decoded'; readonly request: Request }
  | {
      readonly kind: DecodeFailureKind;
      readonly message: string;
      /** Where in the body: the name of a field, or an offset in bytes. */
      readonly at: string;
    };

/**
 * Reads an `ExportMetricsServiceRequest`. `maxItems` bounds what a small body may become in memory: messages in protobuf, objects and
 * arrays in JSON; eight numbers in lists, such as the counts of buckets, are as one of them. JSON is parsed in one step, and
 * made a request in another.
 */
export function decodeMetrics(
  { encoding, bytes }: Payload,
  maxItems: number,
): Steps<DecodeOutcome<MetricsRequest>> {
  return outcomeOf(
    encoding === 'protobuf'
      ? readMetricsRequest(bytes, maxItems)
      : readJsonBody(bytes, maxItems, metricsRequestOf),
  );
}

/** Reads an `ExportLogsServiceRequest`, within the same limit. */
export function decodeLogs(
  { encoding, bytes }: Payload,
  maxItems: number,
): Steps<DecodeOutcome<LogsRequest>> {
  return outcomeOf(
    encoding === 'protobuf' ? readLogsRequest(bytes, maxItems) : readJsonBody(bytes, maxItems, logsRequestOf),
  );
}

function* outcomeOf<Request>(reading: Steps<Request>): Steps<DecodeOutcome<Request>> {
  try {
    return { kind: 'decoded', request: yield* reading };
  } catch (thrown) {
    if (!(thrown instanceof DecodeFailure)) throw thrown;
    return { kind: thrown.kind, message: thrown.message, at: thrown.at };
  }
}
