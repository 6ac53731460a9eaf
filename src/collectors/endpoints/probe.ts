import type { LookupAddress } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { NameLookup } from '../../runtime/name-lookup.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { withinTime } from '../../runtime/within-time.ts';
import { faultOf } from './certificate.ts';
import { beginTcp, beginTls, type Place, placeOf, untilConnected, untilSecure } from './connection.ts';
import { failureOf, lateOutcomes } from './outcome.ts';
import { beginGet, readBody, untilResponse } from './request.ts';
import type { Phase, ProbeResult } from './sample.ts';

export interface ProbeOptions {
  readonly url: URL;
  /** Whether a status is well. */
  readonly isExpected: (statusCode: number) => boolean;
  /** With the authorities to trust in place of the public ones. */
  readonly trust: SecureContext | undefined;
  readonly userAgent: string;
  readonly names: NameLookup;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the probe without a result. */
  readonly signal: AbortSignal;
}

type Verdict = Pick<ProbeResult, 'outcome' | 'errorType'>;

/** Asks once for a page, over a connection of its own. Rejects only where the signal ends it. */
export function probe(options: ProbeOptions): Promise<ProbeResult> {
  return new Probe(options).run();
}

class Probe {
  readonly #options: ProbeOptions;
  readonly #place: Place;
  readonly #phaseSeconds: Partial<Record<Phase, number>> = {};
  readonly #open: { destroy(): unknown }[] = [];
  #phase: Phase = 'dns';
  #statusCode: number | undefined;
  #certificateExpires: Micros | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#place = placeOf(options.url);
  }

  async run(): Promise<ProbeResult> {
    const { clock, timeoutMs: ms, signal } = this.#options;
    const begun = clock.monotonic();
    const late = new TelemetryError('timeout', 'the time for this probe is up');
    const verdict = await withinTime({ ms, reason: late, signal }, (own) => this.#go(own)).catch(
      (thrown: unknown): Verdict => {
        signal.throwIfAborted();
        if (thrown === late) return { outcome: lateOutcomes[this.#phase], errorType: late.code };
        return failureOf(thrown, this.#phase);
      },
    );
    for (const one of this.#open.reverse()) one.destroy();
    return {
      ...verdict,
      statusCode: this.#statusCode,
      phaseSeconds: this.#phaseSeconds,
      seconds: (clock.monotonic() - begun) / 1000,
      certificateExpires: this.#certificateExpires,
    };
  }

  async #go(signal: AbortSignal): Promise<Verdict> {
    const { url, clock, trust, userAgent, isExpected, timeoutMs } = this.#options;
    const addresses = await this.#resolve(signal);
    const tcp = this.#opened(beginTcp(this.#place, addresses, timeoutMs));
    await this.#timed('connect', untilConnected(tcp), signal);
    let socket: Socket = tcp;
    if (url.protocol === 'https:') {
      const tls = this.#opened(beginTls(tcp, this.#place, trust));
      const certificate = await this.#timed('tls', untilSecure(tls), signal);
      this.#certificateExpires = certificate.validTo;
      const fault = faultOf(certificate, microsFromMs(clock.now()));
      if (fault !== undefined) return { outcome: fault, errorType: certificate.distrust };
      socket = tls;
    }
    const request = this.#opened(beginGet({ url, socket, userAgent }));
    const response = await this.#timed('first_byte', untilResponse(request), signal);
    const { statusCode = 0 } = response;
    this.#statusCode = statusCode;
    if (!isExpected(statusCode)) return { outcome: 'status_unexpected', errorType: String(statusCode) };
    await this.#timed('body', readBody(response), signal);
    return { outcome: 'ok', errorType: undefined };
  }

  /** An address needs no name server. */
  async #resolve(signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const { host } = this.#place;
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family }];
    return this.#timed('dns', this.#options.names.find(host), signal);
  }

  async #timed<T>(phase: Phase, work: Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#options;
    this.#phase = phase;
    const begun = clock.monotonic();
    const result = await untilAborted(work, signal);
    this.#phaseSeconds[phase] = (clock.monotonic() - begun) / 1000;
    return result;
  }

  #opened<T extends { destroy(): unknown }>(one: T): T {
    this.#open.push(one);
    return one;
  }
}
