import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { z } from 'zod';
import { withoutCredentials } from '../../runtime/credentials.ts';
import type { SendOutcome } from '../sender.ts';
import { isProtobuf, mediaTypeOf } from './media-type.ts';
import { statusMessage } from './status-message.ts';

/** What an OTLP receiver answered. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  /** What time it is for the receiver. */
  readonly date?: string | undefined;
  /** Where a redirect points to. */
  readonly location?: string | undefined;
  readonly body: Uint8Array;
}

/**
 * What an answer means for the payload. The protocol makes 429, 502, 503 and 504 temporary and all other failures final. We try again
 * after other server errors too, a few times, and where a request was too slow or came too early: proxies and receivers answer so to
 * what passes, a snapshot that comes twice does no harm, and one that is given up is lost. Redirects and web pages come from what is
 * no receiver at all: what was sent to it waits.
 */
export function outcomeOf(answer: Answer, now: number): SendOutcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return isPage(answer) ? notReceived(status) : accepted(answer);
  if (status >= 300 && status < 400) return redirected(answer);
  const said = statusMessage(answer.contentType, answer.body);
  const message = `HTTP ${status}${said === '' ? '' : `: ${said}`}`;
  const afterMs = retryAfterMs(answer, now);
  if ([429, 502, 503, 504].includes(status)) {
    return { kind: 'retry', message, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  const mayPass = status >= 500 || status === 408 || status === 425;
  return mayPass ? { kind: 'retry', message, suspect: true } : { kind: 'refused', message };
}

/**
 * No receiver answers so, but login pages and the welcome pages of web servers do, some of them without a type. Some receivers call a
 * mere "OK" a page. A protobuf answer may begin with a line end and this bracket, but never with the bracket.
 */
function isPage({ contentType, body }: Answer): boolean {
  const mediaType = mediaTypeOf(contentType);
  if (isProtobuf(mediaType) || mediaType.endsWith('json')) return false;
  return (mediaType === '' ? /^</ : /^\s*</).test(new TextDecoder().decode(body.subarray(0, 256)));
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

const openingBrace = 0x7b;

const partialSuccess = z.object({
  partialSuccess: z
    .object({
      rejectedDataPoints: z.coerce.number().int().nonnegative().default(0),
      errorMessage: z.string().nullish(),
    })
    .nullish(),
});

function accepted({ contentType, body }: Answer): SendOutcome {
  // No protobuf answer begins with a brace, and some receivers give no type.
  const isJson = mediaTypeOf(contentType) === 'application/json' || body[0] === openingBrace;
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

/** `Retry-After` is a number of seconds, or a date by the clock of whoever answers. */
function retryAfterMs({ retryAfter, date }: Answer, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter) * 1000;
  // `Date` takes much for a time that is none, such as 1.5 for the fifth of January.
  if (!/[a-z]{3}/i.test(retryAfter)) return undefined;
  const theirNow = Date.parse(date ?? '');
  const ms = Date.parse(retryAfter) - (Number.isNaN(theirNow) ? now : theirNow);
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
