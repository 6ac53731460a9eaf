import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Collected } from '../../../src/collectors/collector.ts';
import { identityKey, type Row } from '../../../src/metric/row.ts';
import { FakeAgent, type Reaction } from './fake-agent.ts';
import {
  edited,
  endpointOf,
  HandClock,
  recorded,
  refusal,
  rowOf,
  rowsOf,
  targetOf,
  watch,
} from './support.ts';

const version = '2.9.33';
const usual = recorded(version);
const keptMs = 30_000;

let agent: FakeAgent;
beforeAll(async () => {
  agent = await FakeAgent.start(usual);
});
afterAll(() => agent.stop());

interface Kept {
  readonly takenMs: number;
  readonly stamp: string;
}

/** An agent of which all is known: it counts by the time that it has been up, and keeps its figures for half a minute. */
class TrueAgent {
  readonly starts: number[];
  readonly #clock: HandClock;
  /** By how much its own clock is wrong, and was when its process started. */
  #wrongMs: number;
  #wrongAtStart: number;
  #kept: Kept | undefined;
  #isHeard = false;

  constructor(clock: HandClock, wrongMs: number) {
    this.#clock = clock;
    this.starts = [clock.nowMs - 90_000];
    this.#wrongMs = wrongMs;
    this.#wrongAtStart = wrongMs;
  }

  /** It takes longer to start than that. */
  restart(upMs: number): void {
    if (this.#clock.nowMs - (this.starts.at(-1) ?? 0) < 5000) return;
    this.starts.push(this.#clock.nowMs - upMs);
    this.#wrongAtStart = this.#wrongMs;
    this.#kept = undefined;
    this.#isHeard = false;
  }

  /** Not before it was heard since: nobody can tell what became of a clock meanwhile. */
  setClock(wrongMs: number): void {
    if (this.#isHeard) this.#wrongMs = wrongMs;
    this.#isHeard = false;
  }

  health(): Reaction {
    const start = this.starts.at(-1) ?? 0;
    const uptime = (this.#clock.nowMs - start + this.#wrongMs - this.#wrongAtStart) / 1000;
    this.#isHeard = true;
    return { body: edited(`${version}/health`, { uptime_seconds: uptime, timestamp: this.#stamp() }) };
  }

  unified(): Reaction {
    if (this.#kept === undefined || this.#clock.nowMs - this.#kept.takenMs >= keptMs) {
      this.#kept = { takenMs: this.#clock.nowMs, stamp: this.#stamp() };
    }
    const { takenMs, stamp } = this.#kept;
    const start = this.starts.at(-1) ?? 0;
    const requests = countAt(takenMs, start);
    const body = edited(`${version}/unified`, {
      llm_requests_total: requests,
      requests_handled: requests,
      uptime_seconds: (takenMs - start + 1) / 1000,
      _metadata: { timestamp: this.#stamp() },
    });
    return { body: body.replace(/"timestamp":"[^"]+"/, `"timestamp":"${stamp}"`) };
  }

  /** When the process began that ran at that time. */
  startAt(ms: number): number {
    return this.starts.findLast((start) => start <= ms) ?? 0;
  }

  #stamp(): string {
    return new Date(this.#clock.nowMs + this.#wrongMs).toISOString();
  }
}

const countAt = (ms: number, start: number): number => Math.floor((ms - start) / 1000) * 3;

/** What was said of each thing so far: nothing may be taken back, and no count fall while it has one start. */
class Record {
  readonly #rows = new Map<string, Row>();
  readonly starts = new Map<string, Set<number | undefined>>();

  add(row: Row, snapshotMs: number): void {
    const key = identityKey(row);
    expect(row.time).toBeLessThanOrEqual(snapshotMs * 1000);
    expect(row.start ?? 0).toBeLessThanOrEqual(row.time);
    const last = this.#rows.get(key);
    this.#rows.set(key, row);
    if (row.start !== undefined) this.starts.set(key, (this.starts.get(key) ?? new Set()).add(row.start));
    if (last === undefined) return;
    expect(row.time).toBeGreaterThanOrEqual(last.time);
    if (row.time === last.time && row.entity !== 'agent') expect(row).toEqual(last);
    if (row.start !== last.start) return;
    for (const name of ['llmRequests', 'requests']) {
      expect(Number(row.values[name] ?? Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(
        Number(last.values[name] ?? 0),
      );
    }
  }
}

const wrongClock = fc.constantFrom(0, 0, 0, 41_300, -3_611_300, 7_223_700);
const round = fc.record({
  health: fc.constantFrom<Reaction | undefined>(
    undefined,
    undefined,
    undefined,
    undefined,
    'reset',
    refusal(500),
  ),
  unified: fc.constantFrom<Reaction | undefined>(
    undefined,
    undefined,
    undefined,
    'reset',
    refusal(429),
    refusal(503),
  ),
  restarts: fc.constantFrom('no', 'no', 'no', 'no', 'before', 'between'),
  setsClock: fc.option(wrongClock, { freq: 8, nil: undefined }),
});

function check(collected: Collected, truth: TrueAgent, nowMs: number, maxAgeMs: number): void {
  const { values } = rowOf(collected);
  const figures = [...rowsOf(collected, 'agent_usage'), ...rowsOf(collected, 'agent_service')];
  if (values.up === 0) expect(figures).toEqual([]);
  for (const row of figures) {
    const takenMs = row.time / 1000;
    const start = truth.startAt(takenMs);
    expect(nowMs - takenMs).toBeLessThanOrEqual(maxAgeMs);
    // Of several services of one name the requests are added up.
    const isOne = row.identity['ciris.agent.service.name'] === 'memory';
    const count =
      row.entity === 'agent_usage' ? row.values.llmRequests : isOne ? row.values.requests : undefined;
    if (count !== undefined) expect(count).toBe(countAt(takenMs, start));
    if (count !== undefined) expect(Math.abs((row.start ?? 0) / 1000 - start)).toBeLessThanOrEqual(2000);
  }
}

it.each([1, 10, 60, 3600])(
  'every figure is true at its time, and of the process that ran then, with a snapshot each %s s',
  async (interval) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(round, { minLength: 45, maxLength: 45 }),
        wrongClock,
        async (rounds, wrong) => {
          const clock = new HandClock();
          const truth = new TrueAgent(clock, wrong);
          const record = new Record();
          const maxAge = Math.min(3600, Math.max(90, 3 * interval));
          const options = { figuresMaxAge: maxAge };
          const { collector, at } = watch([targetOf({ url: agent.url })], options, clock);
          for (const [index, { health, unified, restarts, setsClock }] of rounds.entries()) {
            clock.nowMs += interval * 1000;
            if (setsClock !== undefined) truth.setClock(setsClock);
            if (restarts === 'before') truth.restart(700);
            let isBetween = restarts === 'between';
            agent.handler = (request) => {
              const endpoint = endpointOf(request);
              if (endpoint === 'health') return health ?? truth.health();
              if (isBetween) truth.restart(0);
              isBetween = false;
              if (endpoint !== 'unified') return usual(request);
              return unified ?? truth.unified();
            };
            const seconds = interval * (index + 1);
            const collected = await at(seconds);
            check(collected, truth, clock.nowMs, maxAge * 1000);
            for (const row of collected.rows) record.add(row, clock.nowMs);
          }
          await collector.close();
          for (const [key, starts] of record.starts) {
            const most = key.includes('agent_') ? truth.starts.length : 1;
            expect(starts.size).toBeLessThanOrEqual(most);
          }
        },
      ),
      // Always the same: a clock may be set by just as much as makes one process seem to be another.
      { numRuns: 12, seed: 20_261_125 },
    );
  },
  60_000,
);
