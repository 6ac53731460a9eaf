import type { Dispatcher } from 'undici';
import type { Clock } from '../../runtime/clock.ts';
import { withinTime } from '../../runtime/within-time.ts';
import { failureTypeOf, failureTypeOfStatus } from './failure-type.ts';
import { type Hints, hintsOf } from './hints.ts';
import { Lane } from './lane.ts';
import type { FailureType } from './sample.ts';

/** The longest answer seen has 20 kB. */
const longestBody = 2 ** 18;

export interface Get {
  /** `http://host:port` */
  readonly url: string;
  readonly path: string;
  readonly token?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Beside the other requests to this agent, which do not wait for it: it never has to bear more than these two at once. */
  readonly isAside?: boolean;
}

export interface Answer {
  readonly ok: true;
  readonly body: unknown;
  readonly hints: Hints;
  /** By our clock, in ms. */
  readonly receivedMs: number;
  readonly receivedMonotonicMs: number;
  readonly seconds: number;
}

export interface Refusal {
  readonly ok: false;
  readonly type: FailureType;
  /** A connection that was not new ended before an answer began: the server may have closed it as idle, and read nothing. */
  readonly wasReused: boolean;
  readonly hints: Hints;
  readonly seconds: number;
}

/** Asks agents over connections of its own. Follows no redirect: a token goes to the agent alone. */
export class AgentClient {
  readonly #clock: Clock;
  readonly #front: Lane;
  readonly #aside: Lane;

  constructor({ connectTimeoutMs, clock }: { readonly connectTimeoutMs: number; readonly clock: Clock }) {
    this.#clock = clock;
    this.#front = new Lane({ connectTimeoutMs });
    this.#aside = new Lane({ connectTimeoutMs });
  }

  /** Resolves with what became of the request, whatever that is, once its time is up at the latest. */
  async get(get: Get): Promise<Answer | Refusal> {
    const lane = get.isAside ? this.#aside : this.#front;
    const agent = await lane.open();
    const begun = this.#clock.monotonic();
    const elapsed = (): number => (this.#clock.monotonic() - begun) / 1000;
    const connections = lane.connectionsTo(get.url);
    const limit = { ms: get.timeoutMs, reason: new Error('its time is up'), signal: get.signal };
    return withinTime(limit, async (signal) => {
      let phase: FailureType = 'headers_timeout';
      try {
        const response = await agent.request(optionsOf(get, signal));
        phase = 'body_timeout';
        const hints = hintsOf(response.headers, this.#clock.now());
        const { type, body } = await read(response);
        if (type !== undefined) return { ok: false, type, wasReused: false, hints, seconds: elapsed() };
        return { ok: true, body, hints, ...this.#now(), seconds: elapsed() };
      } catch (thrown) {
        const type = signal.aborted ? phase : failureTypeOf(thrown);
        const isOld = connections > 0 && connections === lane.connectionsTo(get.url);
        const wasReused = isOld && phase === 'headers_timeout' && type === 'connection_reset';
        return { ok: false, type, wasReused, hints: {}, seconds: elapsed() };
      }
    });
  }

  #now(): Pick<Answer, 'receivedMs' | 'receivedMonotonicMs'> {
    return { receivedMs: this.#clock.now(), receivedMonotonicMs: this.#clock.monotonic() };
  }

  /** What is not asked any more need not be remembered. */
  forget(url: string): void {
    this.#front.forget(url);
    this.#aside.forget(url);
  }

  /** Ends every connection, and with it whatever is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#front.close(), this.#aside.close()]);
  }
}

function optionsOf({ url, path, token, timeoutMs }: Get, signal: AbortSignal): Dispatcher.RequestOptions {
  const authorization = token === undefined ? {} : { authorization: `Bearer service:${token}` };
  return {
    origin: url,
    path,
    method: 'GET',
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'ciris-telemetry',
      ...authorization,
    },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal,
  };
}

interface Content {
  /** Undefined when the answer is JSON, and a success. */
  readonly type?: FailureType;
  readonly body?: unknown;
}

async function read({ statusCode, body }: Dispatcher.ResponseData): Promise<Content> {
  const failed = failureTypeOfStatus(statusCode);
  if (failed !== undefined) {
    discard(body);
    return { type: failed };
  }
  const text = await textOf(body);
  if (text === undefined) return { type: 'too_large' };
  const content = parseJson(text);
  return content === undefined ? { type: 'not_json' } : { body: content };
}

type Body = Dispatcher.ResponseData['body'];

/** Undefined when it is longer than any answer of an agent; the rest of it is then left unread. */
async function textOf(body: Body): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > longestBody) return undefined;
    chunks.push(chunk);
  }
  // Some bytes that are no text cost nothing: they stand in texts that are not shown. A byte order mark is left out.
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** An answer that says no holds nothing of use, and may be endless. */
function discard(body: Body): void {
  body.on('error', () => undefined);
  body.destroy();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
