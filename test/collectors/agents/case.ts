import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { z } from 'zod';
import type { Collected } from '../../../src/collectors/collector.ts';
import { FakeAgent, type Handler, type Reaction } from './fake-agent.ts';
import {
  answerOf,
  endpointOf,
  HandClock,
  madeUpToken,
  patienceMs,
  recorded,
  rowsOf,
  shortTimeout,
  targetOf,
  watch,
} from './support.ts';

const answer = z.union([
  z.literal(['hang', 'reset', 'stall']),
  z.strictObject({
    status: z.number().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** Laid over the recorded body. */
    patch: z.record(z.string(), z.unknown()).optional(),
    /** Instead of the recorded body. */
    text: z.string().optional(),
    json: z.unknown().optional(),
  }),
]);

/** What a case folder's `case.json` says; what a round does not name is answered as the fixture has it. */
const agentsCase = z.strictObject({
  title: z.string().min(1),
  fixture: z.string().default('2.9.33'),
  options: z.record(z.string(), z.unknown()).default({}),
  /** null where there is none. */
  token: z.string().nullable().default(madeUpToken),
  expected: z.boolean().default(true),
  /** Waits in each round for the overview, which else never comes. */
  overview: z.boolean().default(false),
  /** One collection each. */
  rounds: z.array(
    z.strictObject({
      time: z.iso.datetime(),
      fixture: z.string().optional(),
      answers: z.record(z.string(), answer).default({}),
    }),
  ),
});

type Round = z.infer<typeof agentsCase>['rounds'][number];

export async function readAgentsCase(folder: string): Promise<z.infer<typeof agentsCase>> {
  return agentsCase.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
}

/** Collects once a round from an agent that answers as the case has it. */
export async function runAgentsCase(folder: string): Promise<unknown> {
  const { fixture, options, token, expected, overview, rounds } = await readAgentsCase(folder);
  const agent = await FakeAgent.start(() => 'reset');
  const clock = new HandClock(rounds[0]?.time);
  const begun = clock.nowMs;
  const target = targetOf({
    url: agent.url,
    expected,
    token: async () => (token === null ? { outcome: 'none' } : { outcome: 'token', token }),
  });
  const isAnswered = rounds.every(({ answers }) =>
    Object.values(answers).every((answer) => typeof answer !== 'string'),
  );
  const timeout = isAnswered ? {} : { requestTimeout: shortTimeout };
  const { collector, at } = watch([target], { ...timeout, ...options }, clock);
  try {
    const found: (Collected & { readonly asked: readonly string[] })[] = [];
    for (const round of rounds) {
      agent.requests.length = 0;
      agent.handler = handlerOf(round, round.fixture ?? fixture, overview);
      const seconds = (Date.parse(round.time) - begun) / 1000;
      const first = await at(seconds);
      const rows = overview ? await rowsWithOverview(() => at(seconds)) : first.rows;
      const asked = agent.requests.map(endpointOf).filter((name) => overview || name !== 'overview');
      found.push({ asked, ...first, rows });
    }
    return JSON.parse(JSON.stringify(found).replaceAll(agent.url, 'http://agent'));
  } finally {
    await collector.close();
    await agent.stop();
  }
}

function rowsWithOverview(collect: () => Promise<Collected>): Promise<Collected['rows']> {
  return vi.waitFor(async () => {
    const collected = await collect();
    if (rowsOf(collected, 'agent_report').length === 0) throw new Error('no overview yet');
    return collected.rows;
  }, patienceMs);
}

function handlerOf({ answers }: Round, fixture: string, overview: boolean): Handler {
  const usual = recorded(fixture);
  return (request) => {
    const endpoint = endpointOf(request);
    const given = answers[endpoint];
    if (given === undefined) return endpoint === 'overview' && !overview ? 'hang' : usual(request);
    if (typeof given === 'string') return given;
    const { status = 200, headers = {}, text, json } = given;
    const body = text ?? JSON.stringify(json ?? merged(bodyOf(answerOf(fixture, endpoint)), given.patch));
    return { status, headers, body };
  };
}

const bodyOf = (reaction: Reaction | undefined): unknown =>
  typeof reaction === 'object' ? JSON.parse(reaction.body) : {};

const object = z.record(z.string(), z.unknown());

/** null stands for null: nothing is taken away. */
function merged(base: unknown, patch: unknown): unknown {
  const [below, above] = [object.safeParse(base).data, object.safeParse(patch).data];
  if (patch === undefined) return base;
  if (below === undefined || above === undefined) return patch;
  const entries = Object.entries(above).map(([key, value]) => [key, merged(below[key], value)] as const);
  return { ...below, ...Object.fromEntries(entries) };
}
