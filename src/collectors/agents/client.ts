import type { Agent, Dispatcher } from 'undici';
import type { Clock } from '../../runtime/clock.ts';
import { withinTime } from '../../runtime/within-time.ts';
import { failureTypeOf, failureTypeOfStatus } from './failure-type.ts';
import type { FailureType } from './sample.ts';

/** A health check and an overview in the background: an agent never has to bear more at once. */
const connectionsPerAgent = 2;
/** The longest answer seen has 20 kB. */
const longestBody = 2 ** 18;

export interface Get {
  /** `http://host:port` */
  readonly url: string;
  readonly path: string;
  readonly token?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What the head of an answer says beside its status. */
export interface Hints {
  readonly retryAfterSeconds?: number;
  /** What is left of the rate limit of the agent. */
  readonly remaining?: number;
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
  readonly hints: Hints;
  readonly seconds: number;
}

/** Asks agents over connections of its own. Follows no redirect: a token goes to the agent alone. */
export class AgentClient {
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;
  #agent: Promise<Agent> | undefined;

  constructor({ connectTimeoutMs, clock }: { readonly connectTimeoutMs: number; readonly clock: Clock }) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#clock = clock;
  }

  /** Resolves with what became of the request, whatever that is, once its time is up at the latest. */
  async get(get: Get): Promise<Answer | Refusal> {
    this.#agent ??= this.#open();
    const agent = await this.#agent;
    const begun = this.#clock.monotonic();
    const elapsed = (): number => (this.#clock.monotonic() - begun) / 1000;
    const limit = { ms: get.timeoutMs, reason: new Error('its time is up'), signal: get.signal };
    return withinTime(limit, async (signal) => {
      let phase: FailureType = 'headers_timeout';
      try {
        const response = await agent.request(optionsOf(get, signal));
        phase = 'body_timeout';
        const hints = hintsOf(response.headers);
        const { type, body } = await read(response);
        if (type !== undefined) return { ok: false, type, hints, seconds: elapsed() };
        return { ok: true, body, hints, ...this.#now(), seconds: elapsed() };
      } catch (thrown) {
        const type = signal.aborted ? phase : failureTypeOf(thrown);
        return { ok: false, type, hints: {}, seconds: elapsed() };
      }
    });
  }

  /** Where there is no agent to ask, the client need not take memory. */
  async #open(): Promise<Agent> {
    const { Agent } = await import('undici');
    return new Agent({
      connections: connectionsPerAgent,
      pipelining: 1,
      connect: { timeout: this.#connectTimeoutMs },
    });
  }

  #now(): Pick<Answer, 'receivedMs' | 'receivedMonotonicMs'> {
    return { receivedMs: this.#clock.now(), receivedMonotonicMs: this.#clock.monotonic() };
  }

  /** Ends every connection, and with it whatever is under way. */
  async close(): Promise<void> {
    await (await this.#agent)?.destroy();
  }
}

function optionsOf({ url, path, token, timeoutMs }: Get, signal: AbortSignal): Dispatcher.RequestOptions {
  const authorization = token === undefined ? {} : { authorization: `Bearer service:${token}` };
  return {
    origin: url,
    path,
    method: 'GET',
    headers: { accept: 'application/json', 'user-agent': 'ciris-telemetry', ...authorization },
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
  return Buffer.concat(chunks).toString('utf8');
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

function hintsOf(headers: Dispatcher.ResponseData['headers']): Hints {
  const retryAfterSeconds = secondsOf(headers['retry-after'], headers.date);
  const remaining = wholeOf(headers['x-ratelimit-remaining']);
  return {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

type Header = string | readonly string[] | undefined;

const wholeOf = (header: Header): number | undefined =>
  typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : undefined;

/** Retry-After gives seconds or a date, which is by the clock of whoever answers. */
function secondsOf(header: Header, date: Header): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = Date.parse(header) - Date.parse(typeof date === 'string' ? date : '');
  return wholeOf(header) ?? (Number.isNaN(ms) ? undefined : Math.max(0, ms / 1000));
}
