import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Collected } from '../../../src/collectors/collector.ts';
import { FakeEngine, type Handler } from './fake-engine.ts';
import { collectNow, containersOf, fleet, serverOf, startCollector } from './support.ts';

const answers = fleet({ size: 1, ticks: false });
let engine: FakeEngine;

beforeAll(async () => {
  engine = await FakeEngine.start(answers);
});
afterAll(() => engine.stop());

type Place = 'version' | 'info' | 'list' | 'details' | 'figures';

const places: Readonly<Record<Place, RegExp>> = {
  version: /^\/version$/,
  info: /^\/info$/,
  list: /^\/containers\/json$/,
  details: /^\/containers\/\w+\/json$/,
  figures: /^\/containers\/\w+\/stats$/,
};

const fields = z.record(z.string(), z.unknown());

/** The engine's answers, with one of them changed. */
function answering(place: Place, change: (body: z.infer<typeof fields>) => unknown): Handler {
  return async (request) => {
    const answer = await answers(request);
    if (typeof answer === 'string' || !places[place].test(request.path)) return answer;
    return { ...answer, body: change(fields.parse(answer.body)) };
  };
}

async function collectFrom(handler: Handler, rounds = 1): Promise<Collected> {
  engine.handler = handler;
  const collector = startCollector({ dockerHost: engine.host });
  try {
    for (let round = 1; round < rounds; round += 1) await collectNow(collector);
    return await collectNow(collector);
  } finally {
    await collector.close();
  }
}

const inState =
  (State: string): Handler =>
  async (request) => {
    const answer = await answers(request);
    if (typeof answer === 'string' || !places.list.test(request.path)) return answer;
    return {
      ...answer,
      body: z
        .array(fields)
        .parse(answer.body)
        .map((each) => ({ ...each, State })),
    };
  };

it('a proxy that compresses unless it is told not to is told not to', async () => {
  const collected = await collectFrom(async (request) => {
    const answer = await answers(request);
    if (typeof answer === 'string' || request.headers['accept-encoding'] === 'identity') return answer;
    return { headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(JSON.stringify(answer.body)) };
  });
  expect(collected.failure).toBeUndefined();
  expect(containersOf(collected)[0]?.values).toMatchObject({ memoryUsage: 6e8, restarts: 0 });
});

describe('a list', () => {
  it('that is null is one of no containers', async () => {
    const list: Handler = async (request) =>
      places.list.test(request.path) ? { body: 'null' } : answers(request);
    const collected = await collectFrom(list);
    expect(collected.failure).toBeUndefined();
    expect(serverOf(collected)?.values).toMatchObject({ up: 1, containersRunning: 0, containersExited: 0 });
    expect(containersOf(collected)).toEqual([]);
  });

  it.each(['constructor', 'toString', '__proto__'])('has no state called %s', async (word) => {
    const collected = await collectFrom(inState(word));
    expect(containersOf(collected)[0]?.states).toEqual({ state: 'unknown' });
    expect(serverOf(collected)?.values).toMatchObject({ containersUnknown: 1 });
    expect(collected.problems).toMatchObject([{ kind: 'parse' }]);
  });
});

describe('details', () => {
  it.each([
    [{}, 'agent:1'],
    [{ Config: { Image: 'asked-for:2' } }, 'asked-for:2'],
    [{ Config: { Image: 'asked-for:2', Healthcheck: null, Labels: null } }, 'asked-for:2'],
    [{ Config: null, HostConfig: null }, 'agent:1'],
  ])('that leave out what they may are no problem: %o', async (part, image) => {
    const collected = await collectFrom(answering('details', ({ State }) => ({ State, ...part })));
    expect(collected.problems).toEqual([]);
    expect(containersOf(collected)[0]).toMatchObject({
      info: { 'container.name': 'agent-0', 'container.image.name': image },
      values: { memoryUsage: 6e8, startedAt: expect.any(Number) },
    });
  });
});

describe('an error with the status of success', () => {
  const error = { cause: 'no such file', message: 'unable to load cgroup', response: 500 };

  it('in place of figures is a problem, and no figure', async () => {
    const collected = await collectFrom(answering('figures', () => error));
    expect(collected.problems).toMatchObject([{ kind: 'parse' }]);
    expect(containersOf(collected)[0]?.values).not.toHaveProperty('memoryUsage');
  });

  it.each([[error], [{}]])(
    'in place of details is a problem each time, and is not kept: %o',
    async (body) => {
      const collected = await collectFrom(
        answering('details', () => body),
        2,
      );
      expect(collected.problems).toMatchObject([{ kind: 'parse' }]);
      expect(containersOf(collected)[0]?.values).toMatchObject({ memoryUsage: 6e8 });
    },
  );
});

describe('B25 that nothing is there', () => {
  const notFound =
    (body: unknown): Handler =>
    async (request) =>
      places.figures.test(request.path) ? { status: 404, body } : answers(request);

  it.each<[body: unknown, who: string]>([
    ['', 'nothing'],
    [{ message: 'No such container: a' }, 'the engine'],
  ])('is said of a container that has gone: %o, by %s', async (body) => {
    const collected = await collectFrom(notFound(body));
    expect(containersOf(collected)).toEqual([]);
    expect(collected.problems).toEqual([]);
  });

  it.each(['<html><h1>404 Not Found</h1></html>', '404 page not found\n'])(
    'is no word of an engine, where a web server says it: %s',
    async (body) => {
      const collected = await collectFrom(notFound(body));
      expect(containersOf(collected)[0]?.states).toEqual({ state: 'running' });
      expect(collected.problems).toMatchObject([
        { kind: 'other', message: expect.stringContaining('must let this request pass') },
      ]);
    },
  );
});

describe('figures', () => {
  it.each([
    { cpu_stats: null },
    { cpu_stats: undefined },
    { memory_stats: {} },
    { memory_stats: { usage: null, stats: null } },
    { pids_stats: {}, blkio_stats: {}, networks: null },
  ])('that an engine leaves out are absent, and no problem: %o', async (part) => {
    const collected = await collectFrom(answering('figures', (body) => ({ ...body, ...part })));
    expect(collected.problems).toEqual([]);
    const { memoryUsage, cpuTimeUser, pids } = containersOf(collected)[0]?.values ?? {};
    expect(memoryUsage).toBe('memory_stats' in part ? undefined : 6e8);
    expect(cpuTimeUser).toBe('cpu_stats' in part ? undefined : 0.6);
    expect(pids).toBe('pids_stats' in part ? undefined : 3);
  });
});

describe('B03 the time of reading', () => {
  it.each([
    [undefined, 0],
    [null, 0],
    ['', 0],
    ['yesterday', 1],
    ['2026-02-30T12:00:00Z', 1],
    [1772366410, 1],
  ])('that is %o costs no more than what needs it', async (read, problems) => {
    const handler = answering('figures', (body) => ({ ...body, read }));
    const collected = await collectFrom(handler, 2);
    expect(collected.problems).toHaveLength(problems);
    const { cpuUsage, uptime, ...values } = containersOf(collected)[0]?.values ?? {};
    expect(cpuUsage).toBeUndefined();
    expect(uptime).toBeGreaterThanOrEqual(3600);
    expect(values).toMatchObject({ memoryUsage: 6e8, memoryWorkingSet: 4e8, cpuTimeUser: 0.6, pids: 3 });
  });
});

describe('B56 a healthcheck', () => {
  const withHealth = (Status: string, Healthcheck?: unknown): Handler =>
    answering('details', ({ State, Config, ...rest }) => ({
      ...rest,
      State: { ...fields.parse(State), Health: { Status, FailingStreak: 0, Log: null } },
      Config: { ...fields.parse(Config), Healthcheck },
    }));

  it.each(['starting', 'healthy', 'unhealthy'])('shows by its verdict alone: %s', async (verdict) => {
    const collected = await collectFrom(withHealth(verdict));
    expect(containersOf(collected)[0]?.states).toEqual({ state: 'running', health: verdict });
  });

  it.each([
    ['', undefined],
    ['none', undefined],
    ['healthy', { Test: ['NONE'] }],
  ])('with the verdict "%s" and %o is none', async (verdict, check) => {
    const collected = await collectFrom(withHealth(verdict, check));
    expect(containersOf(collected)[0]?.states).toEqual({ state: 'running' });
  });
});

describe('what the engine says of itself', () => {
  it.each([
    { Version: 28 },
    { Os: null },
    { Components: [null] },
    { Components: 'none' },
    { Components: [{ Name: 5 }, { Name: 'Engine', Version: null }] },
  ])('costs no more than what cannot be read: %o', async (part) => {
    const collected = await collectFrom(answering('version', (body) => ({ ...body, ...part })));
    expect(serverOf(collected)?.values.up).toBe(1);
    expect(containersOf(collected)[0]?.values).toMatchObject({ memoryUsage: 6e8, cpuTimeUser: 0.6 });
  });

  it.each([
    ['Name', { Name: 5 }, 2e9],
    ['MemTotal', { MemTotal: '16' }, undefined],
  ])('of its host loses %s alone', async (_, part, memoryLimit) => {
    const collected = await collectFrom(answering('info', (body) => ({ ...body, ...part })));
    expect(containersOf(collected)[0]?.values.memoryLimit).toBe(memoryLimit);
  });
});
