import { describe, expect, it } from 'vitest';
import { demoAgents, steadyAgents } from '../../src/demo/cast.ts';
import { type AgentFigures, type AgentScript, figuresAt } from '../../src/demo/script.ts';

const worker: AgentScript = {
  agentId: 'a',
  serverId: 'main',
  name: 'A',
  template: 'default',
  conduct: 'answers',
  runs: [
    { from: 0, until: 100, version: '2.8.13-stable', wakeup: 6 },
    { from: 110, version: '2.9.33-stable', wakeup: 0 },
  ],
  outages: [{ from: 50, until: 90 }],
  requestsPerSecond: 1,
};

const stateAt = (seconds: number) => {
  const figures = figuresAt(worker, seconds);
  return figures === undefined ? 'refuses' : (figures.state ?? 'no processor');
};

describe('a process', () => {
  it.each([
    [-1, 'refuses'],
    [1.9, 'refuses'],
    [2, 'no processor'],
    [3, 'shutdown'],
    [4, 'wakeup'],
    [9.9, 'wakeup'],
    [10, 'work'],
    [97.9, 'work'],
    [98, 'shutdown'],
    [100, 'refuses'],
    [111.9, 'refuses'],
    [112, 'no processor'],
    [114, 'work'],
  ])('at second %d: %s', (seconds, state) => {
    expect(stateAt(seconds)).toBe(state);
  });

  it('counts requests, tokens and money from its first second of work', () => {
    expect(figuresAt(worker, 30)).toMatchObject({
      run: 0,
      version: '2.8.13-stable',
      uptimeSeconds: 30,
      messages: 5,
      thoughts: 10,
      llm: { requests: 20, errors: 0, tokensInput: 360_000, tokensOutput: 20_000, costCents: 7.8 },
    });
  });

  it('counts from 0 again after a restart, in the version of the new process', () => {
    expect(figuresAt(worker, 115)).toMatchObject({
      run: 1,
      version: '2.9.33-stable',
      uptimeSeconds: 5,
      llm: { requests: 1, tokensInput: 18_000, failedRequests: 0 },
    });
  });
});

describe('an outage of the model', () => {
  it.each([
    [50, { requests: 40, failedRequests: 0, errors: 0, breaker: 'closed' }],
    [53, { requests: 43, failedRequests: 3, errors: 3, breaker: 'closed' }],
    [55, { requests: 45, failedRequests: 5, errors: 5, breaker: 'open' }],
    [80, { requests: 70, failedRequests: 30, errors: 5, breaker: 'open' }],
    [90, { requests: 80, failedRequests: 40, errors: 5, breaker: 'closed' }],
  ])('at second %d', (seconds, llm) => {
    expect(figuresAt(worker, seconds)?.llm).toMatchObject(llm);
  });

  it('lets one request through each minute, when the breaker is half open', () => {
    const long: AgentScript = { ...worker, runs: [{ from: -100, version: '2.9.33-stable', wakeup: 0 }] };
    const down = { ...long, outages: [{ from: 0, until: 1_000 }] };
    const breakerAt = (seconds: number) => figuresAt(down, seconds)?.llm.breaker;
    expect([59, 60, 64.9, 65, 119, 120].map(breakerAt)).toEqual([
      'open',
      'half_open',
      'half_open',
      'open',
      'open',
      'half_open',
    ]);
    expect(figuresAt(down, 64)?.llm.errors).toBe(5);
    expect(figuresAt(down, 65)?.llm.errors).toBe(6);
    expect(figuresAt(down, 125)?.llm.errors).toBe(7);
  });

  it('earns no tokens', () => {
    expect(figuresAt(worker, 90)?.llm.tokensInput).toBe(figuresAt(worker, 50)?.llm.tokensInput);
    expect(figuresAt(worker, 90)?.llm.costCents).toBe(figuresAt(worker, 50)?.llm.costCents);
  });
});

describe('what the agent reports of its last day', () => {
  it('counts each token twice', () => {
    expect(figuresAt(worker, 30)?.reported).toMatchObject({ tokens: 760_000, costCents: 7.8 });
  });

  it('outlives a restart, and sees no more than the newest thousand points', () => {
    const busy = { ...worker, outages: [], requestsPerSecond: 10 };
    const before = figuresAt(busy, 90)?.reported;
    expect(before).toMatchObject({ tokens: 125 * 19_000 * 2, points: 8 * 800 });
    expect(figuresAt(busy, 112)?.reported).toMatchObject({ tokens: before?.tokens, points: 8 * 880 });
  });
});

/** What must never go down while one process lives. */
const counters = ({ uptimeSeconds, messages, thoughts, llm, reported }: AgentFigures) => [
  uptimeSeconds,
  messages,
  thoughts,
  llm.requests,
  llm.failedRequests,
  llm.errors,
  llm.tokensInput,
  llm.tokensOutput,
  llm.costCents,
  reported.points,
];

describe('every agent of the demo', () => {
  const scripts = [...demoAgents, ...steadyAgents(6)];

  it.each(scripts.map((agent) => [`${agent.name} on ${agent.serverId}`, agent] as const))(
    '%s: no count of a process ever goes down',
    (_name, agent) => {
      let before: AgentFigures | undefined;
      for (let seconds = -20; seconds < 700; seconds += 0.5) {
        const figures = figuresAt(agent, seconds);
        if (figures !== undefined && before?.run === figures.run) {
          const last = counters(before);
          const fallen = counters(figures).filter((count, index) => count < (last[index] ?? 0));
          expect(fallen, `at second ${seconds}`).toEqual([]);
        }
        before = figures;
      }
    },
  );

  it('shows what it is there for within 20 seconds', () => {
    const [aurora, , , , , ember, , , harbor, iris] = demoAgents.map(
      (agent) => (seconds: number) => figuresAt(agent, seconds),
    );
    expect(aurora?.(0)?.version).toBe('2.8.13-stable');
    expect(aurora?.(7)?.state).toBe('shutdown');
    expect(aurora?.(9)).toBeUndefined();
    expect(aurora?.(13)).toMatchObject({ version: '2.9.33-stable', state: 'wakeup' });
    expect(ember?.(0)?.llm.requests).toBeGreaterThan(1_000);
    expect(ember?.(20)).toMatchObject({ run: 1, llm: { requests: 0 } });
    expect(harbor?.(0)).toBeUndefined();
    expect(iris?.(0)?.llm.breaker).toBe('open');
  });
});
