import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Collected } from '../../../src/collectors/collector.ts';
import {
  createDeploymentsCollector,
  type DeploymentsDeps,
} from '../../../src/collectors/deployments/index.ts';
import type { Row } from '../../../src/metric/row.ts';
import type { Logger } from '../../../src/runtime/logger.ts';
import { FakeManager } from './fake-manager.ts';
import { collectAt, deploymentRows, fixture, fixtureJson, HandClock } from './support.ts';

const state = await fixtureJson('state/end.json');
const general = await fixtureJson('state/general.json');
const auditLines = (await fixture('audit.jsonl')).split('\n').filter((line) => line !== '');
const running = await fixtureJson('http/status-inprogress.json');
const whileItRuns = {
  status: running,
  history: await fixtureJson('http/history-inprogress.json'),
  pending: await fixtureJson('http/pending-all-before.json'),
  detail: running,
};
const onceItIsOver = {
  status: null,
  history: await fixtureJson('http/history-completed.json'),
  pending: await fixtureJson('http/pending-all-after-cancel.json'),
  detail: await fixtureJson('http/status-by-id-completed.json'),
};
type Answers = typeof whileItRuns | typeof onceItIsOver;

type Step = string | number;

/** Every place in a document, but for its root. */
function placesIn(value: unknown, here: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [here];
  const children: readonly (readonly [Step, unknown])[] = Array.isArray(value)
    ? value.map((child: unknown, index) => [index, child] as const)
    : Object.entries(value);
  const below = children.flatMap(([step, child]) => placesIn(child, [...here, step]));
  return here.length === 0 ? below : [here, ...below];
}

/** A copy with something else in this place; without the place where that is `gone`. */
const gone = Symbol('gone');

function changed(value: unknown, [step, ...rest]: readonly Step[], to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value)) {
    return value.map((child: unknown, index) =>
      index === step ? changed(child, rest, to === gone && rest.length === 0 ? null : to) : child,
    );
  }
  const entries = Object.entries(Object(value)).flatMap(([name, child]) => {
    if (name !== step) return [[name, child] as const];
    return rest.length === 0 && to === gone ? [] : [[name, changed(child, rest, to)] as const];
  });
  return Object.fromEntries(entries);
}

/** What is right in no field. A list or an object of the right kind would be as true as any other. */
const junk = fc.constantFrom<unknown>(
  gone,
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  'planted words',
  '2026-13-45T99:00:00Z',
  '7',
  [17],
  [null],
  { planted: 17 },
  { deployments: 'planted words' },
);

interface Change {
  readonly place: readonly Step[];
  readonly to: unknown;
}

/** Of a word nobody can say that it is the wrong one, and of a set that something is no longer in it. */
const sets: readonly unknown[] = ['agents_in_progress', 'deployments', 'pending_deployments'];
const isTold = ({ place, to }: Change): boolean => {
  const isWord = /(_id|_image|version|strategy|risk_level|source)$/.test(String(place.at(-1)));
  if (isWord && typeof to === 'string') return to === '' || to.includes(' ');
  return to !== gone || !sets.includes(place.at(-2));
};

const changeOf = (document: unknown): fc.Arbitrary<Change> =>
  fc.record({ place: fc.constantFrom(...placesIn(document)), to: junk }).filter(isTold);

let folder = '';
let manager: FakeManager;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deployments-robust-'));
  manager = await FakeManager.start(() => 'reset');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await manager.stop();
});

const logged: unknown[] = [];
const log = (...told: readonly unknown[]): void => void logged.push(told);
const logger: Logger = { error: log, warn: log, info: log, debug: log };

async function collectOnce(
  options: Parameters<typeof createDeploymentsCollector>[0],
  deployments?: DeploymentsDeps['deployments'],
): Promise<Collected> {
  const clock = new HandClock('2026-11-25T12:45:00Z');
  const deps = { clock, logger };
  const collector = createDeploymentsCollector(
    { auditLog: join(folder, 'none'), ...options },
    deployments === undefined ? deps : { ...deps, deployments },
  );
  const collected = await collectAt(collector, clock);
  await collector.close();
  return collected;
}

async function fromFile(text: string): Promise<Collected> {
  const deploymentState = join(folder, 'state.json');
  await writeFile(deploymentState, text);
  return collectOnce({ deploymentState });
}

async function fromAudit(lines: readonly string[]): Promise<Collected> {
  const deploymentState = join(folder, 'state.json');
  const auditLog = join(folder, 'audit.jsonl');
  await writeFile(deploymentState, JSON.stringify(state));
  await writeFile(auditLog, lines.map((line) => `${line}\n`).join(''));
  return collectOnce({ deploymentState, auditLog });
}

async function fromManager(answers: Answers): Promise<Collected> {
  manager.handler = ({ path, query }) => {
    if (query.has('deployment_id')) {
      const isKnown = query.get('deployment_id') === '9b3825da-c2d3-46f3-b378-3e8b88123845';
      return { body: isKnown ? (JSON.stringify(answers.detail) ?? '') : 'null' };
    }
    if (path.endsWith('status')) return { body: JSON.stringify(answers.status) ?? '' };
    return { body: JSON.stringify(path.endsWith('all') ? answers.pending : answers.history) ?? '' };
  };
  return collectOnce({
    managerUrl: manager.url,
    managerToken: 'made.up',
    deploymentState: join(folder, 'none'),
  });
}

const facts = (row: Row): Readonly<Record<string, unknown>> => {
  // Who is the oldest of several depends on all of them.
  const { 'ciris.deployment.origin.id': _origin, ...info } = row.info;
  return { ...info, ...row.values, ...row.states };
};

/** Nothing is told that was not told before something was broken. */
function expectNothingNew(collected: Collected, whole: Collected): void {
  const rows = new Map(deploymentRows(whole).map((row) => [row.identity['ciris.deployment.id'], row]));
  for (const row of deploymentRows(collected)) {
    const before = rows.get(row.identity['ciris.deployment.id']);
    expect(before).toBeDefined();
    if (before === undefined) continue;
    const known = facts(before);
    for (const [name, fact] of Object.entries(facts(row))) {
      if (fact !== 'unknown') expect({ [name]: fact }).toEqual({ [name]: known[name] });
    }
  }
}

function isLess(collected: Collected, whole: Collected): boolean {
  const all = (some: Collected) => deploymentRows(some).flatMap((row) => Object.entries(facts(row))).length;
  return all(collected) < all(whole);
}

function expectNoTexts(collected: Collected): void {
  expect(JSON.stringify([collected, logged])).not.toMatch(
    /planted|words for people|a list of changes|a reason in words|what went wrong|an answer in words|somebody@/,
  );
}

/** Null is what the manager writes where it knows nothing; what happened in events and metadata is read in passing only. */
const isCounted = ({ place, to }: Change): boolean =>
  to !== null && !place.includes('events') && !place.includes('metadata');

describe('whatever is wrong', () => {
  it.each([
    ['of all that was', state],
    ['of what runs', general],
  ])('with one place in a state file %s, only less is told, and that is counted', async (_what, document) => {
    const whole = await fromFile(JSON.stringify(document));
    expect(whole.problems.filter(({ kind }) => kind === 'parse')).toEqual([]);
    await fc.assert(
      fc.asyncProperty(changeOf(document), async (change) => {
        const collected = await fromFile(JSON.stringify(changed(document, change.place, change.to)));
        expectNothingNew(collected, whole);
        expectNoTexts(collected);
        if (!isCounted(change) || !isLess(collected, whole)) return;
        const told = collected.problems.filter(({ kind }) => kind === 'parse').length;
        expect(told > 0 || collected.failure !== undefined).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('with a state file that is cut off anywhere, nothing of it is told', async () => {
    const text = JSON.stringify(general);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: text.length - 1 }), async (length) => {
        const collected = await fromFile(text.slice(0, length));
        expect(deploymentRows(collected)).toEqual([]);
        expect(collected.failure?.type).toBe('protocol');
      }),
      { numRuns: 50 },
    );
  });

  it('with several lines of the audit log, no count is told that is not right', async () => {
    const whole = await fromAudit(auditLines);
    const change = fc.integer({ min: 0, max: auditLines.length - 1 }).chain((index) => {
      const line: unknown = JSON.parse(auditLines[index] ?? '');
      const place = fc.constantFrom<readonly Step[]>([], ...placesIn(line));
      const to = junk.filter((value) => value !== gone);
      return fc.record({ index: fc.constant(index), line: fc.constant(line), place, to }).filter(isTold);
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const lines = [...auditLines];
        for (const { index, line, place, to } of changes) {
          lines[index] = JSON.stringify(changed(line, place, to));
        }
        const collected = await fromAudit(lines);
        expectNothingNew(collected, whole);
        expectNoTexts(collected);
        if (!isLess(collected, whole)) return;
        expect(collected.problems.map(({ kind }) => kind)).toContain('parse');
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['what runs', whileItRuns, 'status'],
    ['the history of what runs', whileItRuns, 'history'],
    ['the history of what is over', onceItIsOver, 'history'],
    ['what is staged', onceItIsOver, 'pending'],
    ['details', onceItIsOver, 'detail'],
  ] as const)(
    'with one place in the answer of the manager about %s, only less is told, and that is counted',
    async (_what, answers, name) => {
      const whole = await fromManager(answers);
      expect([whole.problems.filter(({ kind }) => kind === 'parse'), whole.failure]).toEqual([[], undefined]);
      await fc.assert(
        fc.asyncProperty(changeOf(answers[name]), async (change) => {
          const broken = { ...answers, [name]: changed(answers[name], change.place, change.to) };
          const collected = await fromManager(broken);
          expectNothingNew(collected, whole);
          expectNoTexts(collected);
          if (!isCounted(change) || !isLess(collected, whole)) return;
          expect(collected.problems.length > 0 || collected.failure !== undefined).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('with what a host hands in, nothing is thrown and no text leaves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), junk, async (anything, value) => {
        const records: unknown = [anything, { id: 'd-1', status: value, phase: value, agentsTotal: value }];
        const collected = await collectOnce({}, async () => JSON.parse(JSON.stringify(records)));
        expect(deploymentRows(collected).length).toBeLessThanOrEqual(2);
        expectNoTexts(collected);
      }),
      { numRuns: 60 },
    );
  });
});
