import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Collected } from '../../../src/collectors/collector.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeManager, type FakeRequest, type Reaction } from './fake-manager.ts';
import { collectAt, fixture, HandClock } from './support.ts';

/** A fixture, cut off after so many characters, or text as it stands. */
const content = z.union([
  z.strictObject({ fixture: z.string(), cutAt: z.number().optional() }),
  z.strictObject({ text: z.string() }),
]);
type Content = z.infer<typeof content>;

const answer = z.union([
  z.literal(['hang', 'reset', 'stall']),
  z.strictObject({ status: z.number().optional(), body: content }),
]);

/** What a case folder's `case.json` says; what a round does not name stays as it was in the one before. */
const deploymentCase = z.strictObject({
  title: z.string().min(1),
  options: z.record(z.string(), z.unknown()).default({}),
  /** One collection each. */
  rounds: z.array(
    z.strictObject({
      time: z.iso.datetime(),
      /** null removes it. */
      state: content.nullish(),
      audit: content.nullish(),
      /** By `status`, `status <id>`, `history` or `pending`; where it is given, there is a login. */
      manager: z.record(z.string(), answer).optional(),
    }),
  ),
});

export async function readDeploymentCase(folder: string): Promise<z.infer<typeof deploymentCase>> {
  return deploymentCase.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
}

/** Collects once a round from files and from a manager that are as the case has them. */
export async function runDeploymentCase(folder: string): Promise<unknown> {
  const { options, rounds } = await readDeploymentCase(folder);
  const place = await mkdtemp(join(tmpdir(), 'deployment-case-'));
  const manager = await FakeManager.start(() => 'reset');
  const clock = new HandClock('2026-11-25T00:00:00Z');
  const files = { deploymentState: join(place, 'state.json'), auditLog: join(place, 'audit.jsonl') };
  const isAsked = rounds.some((round) => round.manager !== undefined);
  const login = isAsked ? { managerUrl: manager.url, managerToken: 'a.made-up.login' } : {};
  const collector = createDeploymentsCollector(
    { managerTimeout: 2, ...files, ...login, ...options },
    { clock, logger: silentLogger },
  );
  try {
    // An empty log is as good as one of which nobody speaks.
    await writeFile(files.auditLog, '');
    const collected: Collected[] = [];
    for (const round of rounds) {
      await put(files.deploymentState, round.state);
      await put(files.auditLog, round.audit);
      if (round.manager !== undefined) manager.handler = await answersOf(round.manager);
      clock.nowMs = Date.parse(round.time);
      collected.push(await collectAt(collector, clock));
    }
    // Every run has a folder and a port of its own.
    const text = JSON.stringify(collected).replaceAll(place, '/files');
    return JSON.parse(text.replaceAll(manager.url, 'http://manager'));
  } finally {
    await collector.close();
    await manager.stop();
    await rm(place, { recursive: true });
  }
}

async function put(path: string, what: Content | null | undefined): Promise<void> {
  if (what === undefined) return;
  if (what === null) await rm(path, { force: true });
  else await writeFile(path, await textOf(what));
}

async function textOf(what: Content): Promise<string> {
  if ('text' in what) return what.text;
  const text = await fixture(what.fixture);
  return text.slice(0, what.cutAt ?? text.length);
}

async function answersOf(
  answers: Readonly<Record<string, z.infer<typeof answer>>>,
): Promise<(request: FakeRequest) => Reaction> {
  const reactions = new Map<string, Reaction>();
  for (const [name, given] of Object.entries(answers)) {
    const reaction =
      typeof given === 'string' ? given : { status: given.status ?? 200, body: await textOf(given.body) };
    reactions.set(name, reaction);
  }
  return ({ path, query }) => {
    const name = path.replace('/manager/v1/updates/', '').replace('/all', '');
    const id = query.get('deployment_id');
    // It answers null for a deployment that it has not started, as the real one does.
    if (id !== null) return reactions.get(`status ${id}`) ?? { body: 'null' };
    return reactions.get(name) ?? { status: 404, body: { detail: 'Not Found' } };
  };
}
