import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { AgentTarget, ReadTargets, TokenReading } from '../../../src/collectors/agent-target.ts';
import { createAgentsCollector } from '../../../src/collectors/agents/index.ts';
import type { agentsOptions } from '../../../src/collectors/agents/options.ts';
import type { Collected, Collector } from '../../../src/collectors/collector.ts';
import type { Row } from '../../../src/metric/row.ts';
import { microsFromMs } from '../../../src/metric/time.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import type { Handler, Reaction, SeenRequest } from './fake-agent.ts';

export const madeUpToken = 'a-made-up-token';

/** As long as what happens on other turns of the event loop may take on a busy machine. */
export const patienceMs = 60_000;

/** For what an agent never answers, in seconds: still enough for what it does. */
export const shortTimeout = 2;

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  nowMs: number;
  /** By how much it was set ahead since; the one for durations was not. */
  aheadMs = 0;

  constructor(time = '2026-11-25T11:14:50Z') {
    this.nowMs = Date.parse(time);
  }

  now(): number {
    return this.nowMs + this.aheadMs;
  }

  monotonic(): number {
    return this.nowMs;
  }
}

const fixtures = join(import.meta.dirname, '../../fixtures/agents');

export function fixture(name: string): string {
  return readFileSync(join(fixtures, `${name}.json`), 'utf8');
}

/** A recorded body with other values of the fields that are called so; undefined leaves them out. */
export function edited(name: string, values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    JSON.parse(fixture(name), (key, value: unknown) => (key in values ? values[key] : value)),
  );
}

const endpoints: Readonly<Record<string, string>> = {
  '/v1/system/health': 'health',
  '/health': 'liveness',
  '/v1/telemetry/unified': 'unified',
  '/v1/agent/status': 'status',
  '/v1/telemetry/overview': 'overview',
};

export const endpointOf = ({ path }: SeenRequest): string => endpoints[path] ?? path;

/** What an agent of a recorded version answers to a holder of the token, and to others. */
export function recorded(version: string, token = madeUpToken): Handler {
  return (request) => {
    const endpoint = endpointOf(request);
    const isOpen = endpoint === 'health' || endpoint === 'liveness';
    if (!isOpen && request.authorization !== `Bearer service:${token}`) return refusal(401);
    return answerOf(version, endpoint) ?? refusal(404);
  };
}

export function answerOf(version: string, endpoint: string): Reaction | undefined {
  const has = (name: string) => existsSync(join(fixtures, version, `${name}.json`));
  if (has(endpoint)) return { body: fixture(`${version}/${endpoint}`) };
  const failed = `${endpoint}.503`;
  return has(failed) ? { status: 503, body: fixture(`${version}/${failed}`) } : undefined;
}

export const refusal = (status: number, headers: Readonly<Record<string, string>> = {}): Reaction => ({
  status,
  headers,
  body: JSON.stringify({ detail: 'refused' }),
});

type TargetSpec = Partial<AgentTarget> & { readonly url: string | undefined };

export function targetOf(spec: TargetSpec): AgentTarget {
  const token = async (): Promise<TokenReading> => ({ outcome: 'token', token: madeUpToken });
  return { agentId: 'alpha', occurrenceId: 'default', serverId: 'main', expected: true, token, ...spec };
}

export interface Watch {
  readonly collector: Collector;
  readonly clock: HandClock;
  /** Collects when the clock stands at that many seconds after it began. */
  readonly at: (seconds: number, budgetMs?: number) => Promise<Collected>;
}

export function watch(
  targets: readonly AgentTarget[] | (() => readonly AgentTarget[]),
  options: z.input<typeof agentsOptions> = {},
  clock = new HandClock(),
): Watch {
  const read: ReadTargets = async () => ({
    targets: typeof targets === 'function' ? targets() : targets,
    findings: [],
  });
  const collector = createAgentsCollector(
    { requestTimeout: 30, ...options },
    { clock, logger: silentLogger, targets: read },
  );
  const begun = clock.nowMs;
  const at = (seconds: number, budgetMs = patienceMs) => {
    clock.nowMs = begun + seconds * 1000;
    const signal = new AbortController().signal;
    return collector.collect({ time: microsFromMs(clock.now()), budgetMs, signal });
  };
  return { collector, clock, at };
}

export function rowsOf({ rows }: Collected, entity: string): readonly Row[] {
  return rows.filter((row) => row.entity === entity);
}

export function rowOf(collected: Collected, entity = 'agent'): Row {
  const [row] = rowsOf(collected, entity);
  if (row === undefined) throw new Error(`no row of ${entity}`);
  return row;
}
