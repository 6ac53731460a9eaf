import type { z } from 'zod';
import { type Row, toRow } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type LookUpName, NameLookup, systemNames } from '../../runtime/name-lookup.ts';
import { packageVersion } from '../../runtime/package-version.ts';
import type { CollectContext, Collected, Collector, Problem } from '../collector.ts';
import { parseOptions } from '../parse-options.ts';
import { readAuthorities } from './authorities.ts';
import { endpoint } from './metrics.ts';
import { type EndpointOptions, endpointsOptions, nameOf } from './options.ts';
import { outcomeWords } from './outcome.ts';
import { probe } from './probe.ts';
import type { EndpointSample, Outcome, ProbeResult } from './sample.ts';

export interface EndpointsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** In place of the system's. */
  readonly lookUp?: LookUpName;
}

/**
 * Probes public addresses as their users would reach them, each at its own pace.
 * Throws a TelemetryError `setting_invalid` for options that cannot be used.
 */
export function createEndpointsCollector(
  options: z.input<typeof endpointsOptions>,
  deps: EndpointsDeps,
): Collector {
  const data = parseOptions(endpointsOptions, options, 'the endpoints collector');
  return new EndpointsCollector(data.endpoints, deps);
}

interface Read {
  readonly row: Row;
  readonly problem?: Problem;
}

/** A snapshot is never quite on time: one that comes a little early is no reason to wait for the next. */
const earliest = 0.95;
/** How much of a collection's budget a probe may take, so that its row is there in time. */
const budgetShare = 0.9;

class EndpointsCollector implements Collector {
  readonly name = 'endpoints';
  readonly entities = [endpoint];
  readonly #endpoints: readonly EndpointOptions[];
  readonly #deps: EndpointsDeps;
  readonly #names: NameLookup;
  readonly #userAgent = `ciris-telemetry/${packageVersion()}`;
  readonly #last = new Map<string, Row>();
  /** By endpoint: how probes ended since the last one that went well, as far as that was told. */
  readonly #told = new Map<string, Set<Outcome>>();

  constructor(endpoints: readonly EndpointOptions[], deps: EndpointsDeps) {
    this.#endpoints = endpoints;
    this.#deps = deps;
    this.#names = deps.lookUp === undefined ? systemNames : new NameLookup(deps.lookUp);
  }

  async collect(context: CollectContext): Promise<Collected> {
    const all = await Promise.all(this.#endpoints.map((options) => this.#read(options, context)));
    return {
      rows: all.map(({ row }) => row),
      problems: all.flatMap(({ problem }) => problem ?? []),
    };
  }

  /** The row of a new probe, or between two probes that of the last one, with its own time. */
  async #read(options: EndpointOptions, context: CollectContext): Promise<Read> {
    const name = nameOf(options);
    const last = this.#last.get(name);
    if (last !== undefined && !isDue(last.time, context.time, options.interval)) return { row: last };
    this.#last.delete(name);
    try {
      const sample = await this.#probe(options, context);
      this.#tell(sample);
      const row = toRow(endpoint, sample, sample.time);
      this.#last.set(name, row);
      return { row };
    } catch (thrown) {
      context.signal.throwIfAborted();
      const message = `endpoint ${name} was not probed: ${messageOf(thrown)}`;
      const row = toRow(endpoint, notProbed(options, context.time, thrown), context.time);
      return { row, problem: { kind: 'other', message } };
    }
  }

  async #probe(
    options: EndpointOptions,
    { time, budgetMs, signal }: CollectContext,
  ): Promise<EndpointSample & ProbeResult> {
    const { expect, timeout, caFile } = options;
    const { clock } = this.#deps;
    const url = new URL(options.url);
    const timeoutMs = Math.min(timeout * 1000, budgetMs * budgetShare);
    const begun = clock.monotonic();
    const trust =
      caFile === undefined ? undefined : await readAuthorities(caFile, { timeoutMs: timeoutMs / 2, signal });
    const result = await probe({
      url,
      isExpected: (status) => expect?.includes(status) ?? (status >= 200 && status < 300),
      trust,
      userAgent: this.#userAgent,
      names: this.#names,
      clock,
      timeoutMs: timeoutMs - (clock.monotonic() - begun),
      signal,
    });
    return { ...result, name: nameOf(options), url: shownUrl(options), time };
  }

  /** Logs when an endpoint begins to fail, fails in a new way, and is well again: one that fails now so, now so, would fill a log. */
  #tell({ name, outcome, errorType }: EndpointSample & ProbeResult): void {
    const message = `endpoint ${name} ${outcomeWords[outcome]}`;
    if (outcome === 'ok') {
      if (this.#told.delete(name)) this.#deps.logger.info(message, { endpoint: name });
      return;
    }
    const told = this.#told.get(name) ?? new Set();
    this.#told.set(name, told);
    if (told.has(outcome)) return;
    told.add(outcome);
    this.#deps.logger.warn(message, { endpoint: name, 'error.type': errorType });
  }

  /** Every probe closes what it opened. */
  async close(): Promise<void> {}
}

function shownUrl(options: EndpointOptions): string {
  const { origin, pathname } = new URL(options.url);
  return origin + pathname;
}

/** Has a row all the same, so that it is missing from sums and not from what they rest on. */
function notProbed(options: EndpointOptions, time: Micros, thrown: unknown): EndpointSample {
  return {
    name: nameOf(options),
    url: shownUrl(options),
    time,
    outcome: undefined,
    errorType: thrown instanceof TelemetryError ? thrown.code : 'internal',
    statusCode: undefined,
    phaseSeconds: {},
    seconds: undefined,
    certificateExpires: undefined,
  };
}

/** Also where the clock was set back. */
function isDue(last: Micros, time: Micros, intervalSeconds: number): boolean {
  const elapsed = (time - last) / 1e6;
  return elapsed < 0 || elapsed >= intervalSeconds * earliest;
}
