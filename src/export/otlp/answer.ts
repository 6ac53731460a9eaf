import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { z } from 'zod';
import { withoutCredentials } from '../../runtime/credentials.ts';
import type { SendOutcome } from '../sender.ts';
import { statusMessage } from './status-message.ts';

/** What an OTLP receiver answered. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  /** Where a redirect points to. */
  readonly location?: string | undefined;
  readonly body: Uint8Array;
}

/**
 * What an answer means for the payload. The protocol makes 429, 502, 503 and 504 temporary and all other failures final. We try again
 * after other server errors too, a few times: proxies and receivers answer 500 to what passes, a snapshot that comes twice does no
 * harm, and one that is given up is lost. Redirects and web pages come from what is no receiver at all: what was sent to it waits.
 */
export function outcomeOf(answer: Answer, now: number): SendOutcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return isPage(answer) ? notReceived(status) : accepted(answer);
  if (status >= 300 && status < 400) return redirected(answer);
  const said = statusMessage(answer.contentType, answer.body);
  const message = `HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  const afterMs = retryAfterMs(answer.retryAfter, now);
  if ([429, 502, 503, 504].includes(status)) {
    return { kind: 'retry', message, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  return status >= 500 ? { kind: 'retry', message, suspect: true } : { kind: 'refused', message };
}

/** No receiver answers so, but login pages and the welcome pages of web servers do. Some receivers call a mere "OK" a page. */
function isPage({ contentType, body }: Answer): boolean {
  return mediaTypeOf(contentType) === 'text/html' && /^\s*</.test(new TextDecoder().decode(body));
}

function notReceived(status: number): SendOutcome {
  const message = `HTTP ${status} with a web page, as no OTLP receiver answers: set the endpoint to the receiver`;
  return { kind: 'retry', message };
}

function redirected({ status, location }: Answer): SendOutcome {
  const where = location === undefined ? '' : ` to ${withoutCredentials(location.split(/[?#]/, 1)[0] ?? '')}`;
  const message = `HTTP ${status}, a redirect${where}, which is not followed: set the endpoint to the receiver itself`;
  return { kind: 'retry', message };
}

const mediaTypeOf = (contentType: string): string =>
  (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

const partialSuccess = z.object({
  partialSuccess: z
    .object({
      rejectedDataPoints: z.coerce.number().int().nonnegative().default(0),
      errorMessage: z.string().nullish(),
    })
    .nullish(),
});

function accepted({ contentType, body }: Answer): SendOutcome {
  const isJson = mediaTypeOf(contentType) === 'application/json';
  const serializer = isJson ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  try {
    const { partialSuccess: partial } = partialSuccess.parse(serializer.deserializeResponse(body));
    const { rejectedDataPoints = 0, errorMessage } = partial ?? {};
    return !errorMessage
      ? { kind: 'accepted', rejectedPoints: rejectedDataPoints }
      : { kind: 'accepted', rejectedPoints: rejectedDataPoints, message: errorMessage };
  } catch {
    // The status alone says that the data was taken.
    return { kind: 'accepted', rejectedPoints: 0, message: 'an answer that could not be read' };
  }
}

/** `Retry-After` is a number of seconds or a date. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
