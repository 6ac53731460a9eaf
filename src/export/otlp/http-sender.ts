import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { addressPatienceWithin } from '../../runtime/address-patience.ts';
import type { Clock } from '../../runtime/clock.ts';
import { systemCodeOf } from '../../runtime/errors.ts';
import { systemNames } from '../../runtime/name-lookup.ts';
import type { Payload, Sender, SendOutcome } from '../sender.ts';
import { type Answer, outcomeOf } from './answer.ts';
import { readAnswerBody } from './answer-body.ts';
import type { OtlpSettings } from './otel-settings.ts';
import { requestFailure } from './request-failure.ts';
import { type ReadTls, type Tls, tlsReader } from './tls-files.ts';

export interface HttpSenderOptions {
  readonly settings: OtlpSettings;
  readonly clock: Clock;
  /** What to call ourselves, such as `ciris-telemetry/1.2.3`. */
  readonly userAgent: string;
}

const compress = promisify(gzip);

const contentTypes = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

/** Of a connection that the receiver closed as idle in the moment of its reuse, which says nothing about the receiver. */
const staleCodes: readonly (string | undefined)[] = ['ECONNRESET', 'EPIPE'];

/**
 * Sends payloads to an OTLP/HTTP receiver, one request each. The SDK's own transport is not used: it cannot be aborted, hides a
 * Retry-After that is longer than its timeout, and retries by itself what waits in our spool anyway.
 */
export async function createHttpSender(options: HttpSenderOptions): Promise<Sender> {
  const readTls = tlsReader(options.settings);
  return new HttpSender(options, readTls, await readTls(new AbortController().signal));
}

class HttpSender implements Sender {
  readonly target: string;
  readonly #options: HttpSenderOptions;
  readonly #isSecure: boolean;
  readonly #readTls: ReadTls;
  #tls: Tls;
  #agent: HttpAgent | HttpsAgent;

  constructor(options: HttpSenderOptions, readTls: ReadTls, tls: Tls) {
    const { url } = options.settings;
    this.#options = options;
    this.target = url.origin + url.pathname;
    this.#isSecure = url.protocol === 'https:';
    this.#readTls = readTls;
    this.#tls = tls;
    this.#agent = this.#agentOf(tls);
  }

  async send(payload: Payload, signal: AbortSignal): Promise<SendOutcome> {
    const { settings, clock } = this.#options;
    const timeout = AbortSignal.timeout(settings.timeoutMs);
    try {
      await this.#renew(signal);
      const body = settings.compression === 'gzip' ? await compress(payload.bytes) : payload.bytes;
      const answer = await this.#post(payload.encoding, body, AbortSignal.any([signal, timeout]));
      return outcomeOf(answer, clock.now());
    } catch (thrown) {
      const isLate = timeout.aborted && !signal.aborted;
      return {
        kind: 'retry',
        message: isLate ? lateness(thrown, settings.timeoutMs) : requestFailure(thrown),
      };
    }
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  /** Certificates live for a day in places. What cannot be used, as while it is being replaced, leaves the old ones in use. */
  async #renew(signal: AbortSignal): Promise<void> {
    if (!this.#isSecure) return;
    const tls = await this.#readTls(signal).catch(() => this.#tls);
    if (tls === this.#tls) return;
    this.#agent.destroy();
    this.#agent = this.#agentOf(tls);
    this.#tls = tls;
  }

  #agentOf(tls: Tls): HttpAgent | HttpsAgent {
    const autoSelectFamilyAttemptTimeout = addressPatienceWithin(this.#options.settings.timeoutMs);
    const options = { keepAlive: true, autoSelectFamilyAttemptTimeout, lookup: systemNames.lookup };
    return this.#isSecure ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options);
  }

  async #post(encoding: Payload['encoding'], body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const { settings, userAgent } = this.#options;
    const headers = {
      'user-agent': userAgent,
      ...settings.headers,
      'content-type': contentTypes[encoding],
      'content-length': body.length,
      ...(settings.compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = this.#isSecure ? requestHttps : requestHttp;
    const outgoing = request(settings.url, { method: 'POST', agent: this.#agent, headers, signal });
    let isConnected = false;
    outgoing.on('response', resolve).on('error', reject);
    outgoing.on('socket', (socket) => {
      isConnected = !socket.connecting;
      // A socket that is used again and again would gather these.
      if (isConnected) return;
      socket.once('connect', () => {
        isConnected = true;
      });
    });
    // Node ends such a connection without an error, and tells of its end alone.
    outgoing.on('close', () => reject(new Error('the receiver changes to another protocol, or hung up')));
    outgoing.end(body);
    const response = await promise.catch((thrown: unknown) => {
      if (signal.aborted) throw isConnected ? thrown : notConnected;
      if (!outgoing.reusedSocket || !staleCodes.includes(systemCodeOf(thrown))) throw thrown;
      return undefined;
    });
    if (response === undefined) return this.#post(encoding, body, signal);
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      retryAfter: response.headers['retry-after'],
      date: response.headers.date,
      location: response.headers.location,
      body: await readAnswerBody(response),
    };
  }
}

const notConnected = new Error('it was not connected yet');

function lateness(thrown: unknown, timeoutMs: number): string {
  return thrown === notConnected
    ? `no connection within ${timeoutMs} ms; see the name server here, the address, and the firewalls between`
    : `no answer within ${timeoutMs} ms`;
}
