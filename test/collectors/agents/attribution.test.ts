import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Collected } from '../../../src/collectors/collector.ts';
import type { Row } from '../../../src/metric/row.ts';
import { FakeAgent, type Handler } from './fake-agent.ts';
import {
  edited,
  endpointOf,
  HandClock,
  recorded,
  refusal,
  rowOf,
  rowsOf,
  shortTimeout,
  targetOf,
  watch,
} from './support.ts';

const version = '2.9.33';
const usual = recorded(version);

let agent: FakeAgent;
beforeEach(async () => {
  agent = await FakeAgent.start(usual);
});
afterEach(() => agent.stop());

const clock = (): HandClock => new HandClock('2026-11-25T11:14:50Z');
const health = (uptime: number, values: Readonly<Record<string, unknown>> = {}) => ({
  body: edited(`${version}/health`, { uptime_seconds: uptime, ...values }),
});
const iso = (seconds: number): string =>
  new Date(Date.parse('2026-11-25T11:14:50Z') + seconds * 1000).toISOString();
/** Taken and sent at that many seconds. */
const unified = (seconds: number, values: Readonly<Record<string, unknown>> = {}) => ({
  body: edited(`${version}/unified`, { timestamp: iso(seconds), ...values }),
});
const emptied = { llm_requests_total: 0, llm_cost_cents: 0, llm_tokens_input: 0, llm_tokens_output: 0 };
const answering =
  (answers: Readonly<Record<string, () => ReturnType<Handler>>>): Handler =>
  (request) =>
    answers[endpointOf(request)]?.() ?? usual(request);

const usage = (collected: Collected): Row | undefined => rowsOf(collected, 'agent_usage')[0];
const micros = (seconds: number): number => (Date.parse('2026-11-25T11:14:50Z') + seconds * 1000) * 1000;

describe('a process that ends between the answer for its health and that for its figures', () => {
  it('is not given what the next one counts', async () => {
    const { collector, at } = watch([targetOf({ url: agent.url })], {}, clock());
    const before = usage(await at(0));
    let uptime = 265.5;
    agent.handler = answering({
      health: () => health(uptime),
      unified: () => {
        uptime = 2;
        return unified(60, emptied);
      },
    });
    const collected = await at(60);
    const after = usage(collected);
    expect(before?.values.llmRequests).toBe(94);
    expect(after).toMatchObject({ time: micros(60), start: micros(58), values: { llmRequests: 0 } });
    expect(rowOf(collected).values.uptime).toBe(2);
    agent.handler = answering({ health: () => health(32), unified: () => unified(90, emptied) });
    expect(usage(await at(90))?.start).toBe(micros(58));
    await collector.close();
  });

  it('has no new figures while the next one does not answer for its health', async () => {
    const options = { requestTimeout: shortTimeout };
    const { collector, at } = watch([targetOf({ url: agent.url })], options, clock());
    const before = usage(await at(0));
    let isFirst = true;
    agent.handler = answering({
      health: () => {
        const answer = isFirst ? health(265.5) : 'hang';
        isFirst = false;
        return answer;
      },
      unified: () => unified(60, emptied),
    });
    const collected = await at(60);
    expect(usage(collected)).toEqual(before);
    expect(rowOf(collected).values.up).toBe(1);
    await collector.close();
  });
});

it('figures from before the process began are not of it, and are asked for again soon', async () => {
  const { collector, at } = watch([targetOf({ url: agent.url })], {}, clock());
  await at(0);
  let taken = 50;
  agent.handler = answering({
    health: () => health(4),
    unified: () => ({
      body: edited(`${version}/unified`, { timestamp: iso(taken) }).replace(
        `"_metadata":{"timestamp":"${iso(taken)}"`,
        `"_metadata":{"timestamp":"${iso(60)}"`,
      ),
    }),
  });
  const collected = await at(60);
  expect(usage(collected)).toBeUndefined();
  expect(collected.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('before its process began'),
  ]);
  taken = 66;
  agent.handler = answering({ health: () => health(10), unified: () => unified(66, emptied) });
  expect(usage(await at(66))).toMatchObject({ start: micros(56), values: { llmRequests: 0 } });
  await collector.close();
});

describe('our clock', () => {
  it('set back makes no figures of the future, nor any that stay for ever', async () => {
    const { collector, at, clock: ours } = watch([targetOf({ url: agent.url })], {}, clock());
    expect(usage(await at(0))).toBeDefined();
    ours.aheadMs = -3_600_000;
    agent.handler = (request) => (endpointOf(request) === 'unified' ? refusal(500) : health(206));
    for (const seconds of [1, 40, 80]) {
      for (const { time } of (await at(seconds)).rows) {
        expect(time).toBeLessThanOrEqual(micros(seconds - 3600));
      }
    }
    ours.aheadMs = 0;
    expect(usage(await at(120))).toBeUndefined();
    await collector.close();
  });

  it('set back leaves the agent in the snapshot', async () => {
    const { collector, at, clock: ours } = watch([targetOf({ url: agent.url })], {}, clock());
    await at(0);
    ours.aheadMs = -3_600_000;
    const row = rowOf(await at(1));
    expect(row).toMatchObject({ time: micros(1 - 3600), values: { reachable: 1 } });
    expect(row.start).toBeLessThanOrEqual(row.time);
    await collector.close();
  });

  it('set ahead makes no state older', async () => {
    const { collector, at, clock: ours } = watch([targetOf({ url: agent.url })], {}, clock());
    await at(0);
    agent.handler = answering({ health: () => health(215.5, { cognitive_state: 'dream' }) });
    expect(rowOf(await at(10)).values.cognitiveStateDuration).toBe(0);
    ours.aheadMs = 3_600_000;
    agent.handler = answering({ health: () => health(225.5, { cognitive_state: 'dream' }) });
    expect(rowOf(await at(20)).values.cognitiveStateDuration).toBe(10);
    await collector.close();
  });

  it('may stand later when the agent is first asked than when the snapshot began', async () => {
    const hands = clock();
    const { collector } = watch([targetOf({ url: agent.url })], {}, hands);
    const context = { time: micros(-1), budgetMs: 5000, signal: new AbortController().signal };
    for (const { time, start = time } of (await collector.collect(context)).rows) {
      expect(start).toBeLessThanOrEqual(time);
    }
    await collector.close();
  });
});

it('a service that one answer leaves out goes on with the start that its counts had', async () => {
  const { collector, at } = watch([targetOf({ url: agent.url })], {}, clock());
  const memory = async (seconds: number) => {
    const rows = rowsOf(await at(seconds), 'agent_service');
    return rows.find(({ identity }) => identity['ciris.agent.service.name'] === 'memory');
  };
  const round = (seconds: number, values: Readonly<Record<string, unknown>>) => {
    agent.handler = answering({
      health: () => health(205.5 + seconds),
      unified: () => unified(seconds, values),
    });
    return memory(seconds);
  };
  await round(0, {});
  const fallen = await round(60, { requests_handled: 7 });
  expect(fallen).toMatchObject({ start: micros(0), values: { requests: 7 } });
  expect(await round(120, { memory: undefined })).toBeUndefined();
  expect(await round(180, { requests_handled: 9 })).toMatchObject({
    start: micros(0),
    values: { requests: 9 },
  });
  expect(await round(240, { requests_handled: 3 })).toMatchObject({ start: micros(180) });
  await collector.close();
});
