import type { Pool } from 'undici';
import { addressPatienceWithin } from '../../runtime/address-patience.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import { systemNames } from '../../runtime/name-lookup.ts';
import { withinTime } from '../../runtime/within-time.ts';
import { type AllowedPath, targetOf } from './allowed-paths.ts';
import { requestFailureOf } from './api-failure.ts';

/** The longest answer is a history of 200 deployments, of some 300 bytes each. */
const maxBytes = 4 * 1024 * 1024;

export interface ClientOptions {
  /** Address of the manager, perhaps with a path in front of its own. */
  readonly url: string;
  readonly timeoutMs: number;
}

export interface Question {
  readonly path: AllowedPath;
  readonly query?: Readonly<Record<string, string>>;
  readonly token: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Seconds that the manager asks to wait for, if it does. */
  readonly retryAfter: number | undefined;
}

/** Reads from CIRISManager: nothing but what is on the list, by GET, without following anything elsewhere. */
export class ApiClient {
  /** Origin and path of the manager, as it is shown. */
  readonly location: string;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #timeoutMs: number;
  #pool: Promise<Pool> | undefined;

  constructor({ url, timeoutMs }: ClientOptions) {
    const { origin, pathname } = new URL(url);
    this.#basePath = pathname.replace(/\/+$/, '');
    this.location = origin + this.#basePath;
    this.#timeoutMs = timeoutMs;
    this.#origin = origin;
  }

  /** Resolves with an answer of any status; throws a TelemetryError where none came. */
  async ask({ path, query = {}, token }: Question, signal: AbortSignal): Promise<Answer> {
    const target = this.#basePath + targetOf({ method: 'GET', path, query });
    const attempt = `asking CIRISManager at ${this.location} for ${path}`;
    const reason = new TelemetryError(
      'timeout',
      `${attempt} brought no answer within ${this.#timeoutMs / 1000} s; see whether it hangs or is overloaded`,
    );
    try {
      return await withinTime({ ms: this.#timeoutMs, reason, signal }, (own) =>
        this.#get(target, token, own),
      );
    } catch (thrown) {
      throw requestFailureOf(thrown, attempt);
    }
  }

  async close(): Promise<void> {
    await (await this.#pool)?.destroy();
  }

  /** Many are never asked for anything, and the client takes memory. */
  async #open(): Promise<Pool> {
    const { Pool } = await import('undici');
    return new Pool(this.#origin, {
      // The manager does one thing at a time.
      connections: 1,
      allowH2: false,
      connect: {
        timeout: this.#timeoutMs,
        autoSelectFamilyAttemptTimeout: addressPatienceWithin(this.#timeoutMs),
        lookup: systemNames.lookup,
      },
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
      maxResponseSize: maxBytes,
    });
  }

  async #get(path: string, token: string, signal: AbortSignal): Promise<Answer> {
    // Asked by a browser, it answers a missing login with a redirect to its first page. `Bearer` must be spelt so.
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
    this.#pool ??= this.#open();
    const pool = await this.#pool;
    const answer = await pool.request({ method: 'GET', path, headers, signal });
    const body = await answer.body.text();
    return { status: answer.statusCode, body, retryAfter: secondsIn(answer.headers['retry-after']) };
  }
}

function secondsIn(header: unknown): number | undefined {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
