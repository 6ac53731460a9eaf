import { createHash } from 'node:crypto';
import { TelemetryError } from '../../runtime/errors.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import { openFile } from '../../runtime/open-file.ts';
import { fileFailureOf } from './file-failure.ts';

/** A JWT has some hundred characters. */
const maxBytes = 16 * 1024;
const firstWaitMs = 30_000;
const longestWaitMs = 600_000;

export type LoginOptions =
  | { readonly kind: 'text'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string };

/**
 * The login for CIRISManager, which ends after 24 h. One that was refused is not sent again at once, but one that
 * has changed is.
 */
export class Login {
  readonly #options: LoginOptions;
  readonly #readFile = oneAtATime(() => readStart(this.#place));
  #refused: { readonly digest: string; readonly waitMs: number; readonly untilMs: number } | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** Throws a TelemetryError where there is none that can be used now. */
  async read(nowMs: number, signal: AbortSignal): Promise<string> {
    const token = tokenIn(await this.#text(signal), this.#place);
    const refused = this.#refused;
    if (refused !== undefined && refused.digest === digestOf(token) && nowMs < refused.untilMs) {
      throw this.#failure();
    }
    return token;
  }

  /** Notes that a login was refused, and gives the failure in words. */
  refuse(token: string, nowMs: number): TelemetryError {
    const digest = digestOf(token);
    const before = this.#refused?.digest === digest ? this.#refused.waitMs : undefined;
    const waitMs = before === undefined ? firstWaitMs : Math.min(before * 2, longestWaitMs);
    this.#refused = { digest, waitMs, untilMs: nowMs + waitMs };
    return this.#failure();
  }

  accept(): void {
    this.#refused = undefined;
  }

  get #place(): string {
    return this.#options.kind === 'file' ? this.#options.path : 'the setting for the login';
  }

  #failure(): TelemetryError {
    return new TelemetryError(
      'permission_denied',
      `CIRISManager does not accept the login: it has run out, as each does after 24 h, or is of a user who is not authorised; put a new one into ${this.#place}`,
    );
  }

  async #text(signal: AbortSignal): Promise<string> {
    if (this.#options.kind === 'text') return this.#options.token;
    try {
      return await this.#readFile(signal);
    } catch (thrown) {
      throw fileFailureOf(thrown, `reading the login for CIRISManager from ${this.#place}`);
    }
  }
}

async function readStart(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function tokenIn(text: string, place: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const fault = token === '' ? 'is empty' : 'is no login: one is a single word';
  throw new TelemetryError('setting_invalid', `${place} ${fault}; put a login of CIRISManager there`);
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');
