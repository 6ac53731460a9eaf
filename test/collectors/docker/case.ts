import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Collected } from '../../../src/collectors/collector.ts';
import { createDockerCollector } from '../../../src/collectors/docker/index.ts';
import { microsFromIso } from '../../../src/metric/time.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeEngine, type Handler, type Reaction } from './fake-engine.ts';

const fault = z.union([z.literal(['hang', 'reset']), z.number()]);

/** What a case folder's `case.json` says; its answers lie in `responses`. */
const dockerCase = z.strictObject({
  title: z.string().min(1),
  /** Another case whose answers stand where this one has none. */
  base: z.string().optional(),
  options: z.record(z.string(), z.unknown()).default({}),
  /** One collection each. */
  rounds: z.array(
    z.strictObject({
      time: z.iso.datetime(),
      /** By the name of an answer: silence, a connection cut off, or a status instead of 200. */
      faults: z.record(z.string(), fault).default({}),
    }),
  ),
});

type DockerCase = z.infer<typeof dockerCase>;

const listed = z.array(z.object({ Id: z.unknown(), Names: z.array(z.string()).nullish() }));

/** Collects once a round from an engine that answers as the case has it. */
export async function runDockerCase(folder: string): Promise<readonly Collected[]> {
  const { options, rounds } = await readCase(folder);
  const folders = await withBases(folder);
  const clock = { nowMs: 0, now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const engine = await FakeEngine.start(() => 'reset');
  // A busy machine may take longer for an answer than one should wait for silence.
  const isSilent = rounds.some(({ faults }) => Object.values(faults).includes('hang'));
  const patience = { requestTimeout: isSilent ? 4 : 60 };
  const collector = createDockerCollector(
    { ...patience, ...options, dockerHost: engine.host },
    { clock, logger: silentLogger },
  );
  try {
    const collected: Collected[] = [];
    for (const [index, { time, faults }] of rounds.entries()) {
      engine.handler = answersOf(folders, index + 1, faults);
      clock.nowMs = Date.parse(time);
      const signal = new AbortController().signal;
      const context = { time: microsFromIso(time) ?? 0, budgetMs: 120_000, signal };
      collected.push(await collector.collect(context));
    }
    // Every run has a socket of its own.
    return JSON.parse(JSON.stringify(collected).replaceAll(engine.host, 'unix:///engine.sock'));
  } finally {
    await collector.close();
    await engine.stop();
  }
}

/** A case, its base, the base of that, and so on. */
async function withBases(folder: string): Promise<readonly string[]> {
  const { base } = await readCase(folder);
  return [folder, ...(base === undefined ? [] : await withBases(join(folder, '..', base)))];
}

async function readCase(folder: string): Promise<DockerCase> {
  return dockerCase.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
}

function answersOf(
  folders: readonly string[],
  round: number,
  faults: DockerCase['rounds'][number]['faults'],
): Handler {
  const read = async (name: string): Promise<string | undefined> => {
    // An answer for this very round comes before one for all rounds.
    const files = [`${name}.${round}.json`, `${name}.json`].flatMap((file) =>
      folders.map((folder) => join(folder, 'responses', file)),
    );
    const file = files.find((path) => existsSync(path));
    return file === undefined ? undefined : await readFile(file, 'utf8');
  };
  const react = async (name: string): Promise<Reaction> => {
    const fault = faults[name];
    if (fault === 'hang' || fault === 'reset') return fault;
    const body = await read(name);
    if (body === undefined) return { status: 404, body: { message: `no such container: ${name}` } };
    return fault === undefined ? { body } : { status: fault, body };
  };
  return async ({ path }) => {
    if (path === '/version' || path === '/info') return react(path.slice(1));
    if (path === '/containers/json') return react('list');
    const [, id, what] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(path) ?? [];
    const containers = listed.parse(JSON.parse((await read('list')) ?? '[]'));
    const names = containers.find(({ Id }) => Id === id)?.Names ?? [];
    const name = names.find((name) => !name.includes('/', 1))?.slice(1) ?? id;
    return react(`${what === 'json' ? 'inspect' : 'stats'}.${name}`);
  };
}
