import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityKey, type Row } from '../../../src/metric/row.ts';
import {
  adoptionOf,
  answer,
  container,
  derive,
  hash,
  noted,
  rollout,
  row,
  slotsOf,
  stopped,
  target,
} from './rows.ts';

interface Case {
  readonly title: string;
  readonly rows: readonly (Row | readonly Row[])[];
  readonly adoption: Readonly<Record<string, number>>;
}

const completed = [rollout('2.9.31', { at: 1 }), rollout('2.9.32', { at: 2 }), rollout('2.9.33', { at: 3 })];
/** Two that make the rollout of 2.9.33 count. */
const onLatest = [target('x'), container('x', '2.9.33', { id: '33' })];
const april = hash('a4');

const production = [
  ...['datum', 'sage'].flatMap((agent) => [
    target(agent),
    container(agent, april, { id: 'a' }),
    noted(agent, { digest: april, at: 1 }),
  ]),
  target('echo@scout1'),
  container('echo@scout1', 'latest', { id: 'b' }),
  noted('echo@scout1', { current: 'latest', at: 2 }),
  target('scout@scout2'),
  container('scout@scout2', '2.7.6-stable', { id: 'c' }),
  target('vela@scout1'),
  container('vela@scout1', 'latest', { id: 'd', state: 'exited' }),
  noted('vela@scout1', { current: 'latest' }),
];

const cases: readonly Case[] = [
  { title: 'no targets, no figures', rows: [container('a', '2.9.33')], adoption: {} },
  {
    title: 'no figures while a source that may name other agents could never be read',
    rows: [...onLatest, row('source', { 'ciris.source': 'registry' }, { values: { up: 0 } })],
    adoption: {},
  },
  {
    title: 'figures while such a source cannot be read any more',
    rows: [...onLatest, row('source', { 'ciris.source': 'registry' }, { values: { up: 0, readAge: 60 } })],
    adoption: { latest: 1 },
  },
  {
    title: 'B34: an unknown version counts as none',
    rows: [...onLatest, target('a')],
    adoption: { latest: 1, unknown: 1 },
  },
  {
    title: 'by slot',
    rows: [
      ...onLatest,
      ...completed,
      ...['2.9.32', '2.9.31', '2.8.0'].flatMap((word) => [target(word), container(word, word)]),
    ],
    adoption: { latest: 1, previous: 1, older: 2 },
  },
  {
    title: 'what a rollout has brought before it is completed is newer',
    rows: [
      ...onLatest,
      ...completed,
      target('a'),
      container('a', '2.9.34'),
      rollout('2.9.34', { status: 'in_progress', begunAt: 4 }),
    ],
    adoption: { latest: 1, newer: 1 },
  },
  {
    title: 'a container that runs beats the registry and the word of the agent',
    rows: [
      ...onLatest,
      ...completed,
      target('a'),
      container('a', '2.9.32'),
      noted('a', { current: '2.9.33', at: 4 }),
      answer('a', '2.9.33'),
    ],
    adoption: { latest: 1, previous: 1 },
  },
  {
    title: 'the word of an agent whose container nobody sees beats the registry',
    rows: [
      ...onLatest,
      ...completed,
      target('a@far'),
      answer('a@far', '2.9.32'),
      noted('a@far', { current: '2.9.33' }),
    ],
    adoption: { latest: 1, previous: 1 },
  },
  {
    title: 'A3.1: what the registry notes was ordered, and is not known to run where nothing is seen',
    rows: [...onLatest, ...completed, target('a@far'), noted('a@far', { current: '2.9.32' })],
    adoption: { latest: 1, unknown: 1 },
  },
  {
    title: 'one that was stopped on purpose is on nothing, unless it runs all the same',
    rows: [
      ...onLatest,
      ...completed,
      stopped('a'),
      container('a', '2.9.31', { state: 'exited' }),
      stopped('b'),
      noted('b', { current: '2.9.31' }),
      stopped('c'),
      container('c', '2.9.32'),
      stopped('d@far'),
      answer('d@far', '2.9.32'),
    ],
    adoption: { latest: 1, previous: 2 },
  },
  {
    title: 'an agent that has stopped is on what its container would run',
    rows: [
      ...onLatest,
      ...completed,
      target('a'),
      container('a', '2.9.32', { state: 'exited' }),
      noted('a', { current: '2.9.33' }),
    ],
    adoption: { latest: 1, previous: 1 },
  },
  {
    title: 'what is left over of old containers does not count beside one that runs',
    rows: [
      ...onLatest,
      ...completed,
      target('a'),
      container('a', '2.9.31', { state: 'exited' }),
      container('a', '2.9.33'),
    ],
    adoption: { latest: 2 },
  },
  {
    title: 'two containers of one agent that contradict each other tell nothing',
    rows: [...onLatest, ...completed, target('a'), container('a', '2.9.32'), container('a', '2.9.33')],
    adoption: { latest: 1, unknown: 1 },
  },
  {
    title: 'a digest is the tag that an engine or the registry knows it by',
    rows: [
      ...onLatest,
      ...completed,
      target('a'),
      container('a', hash('d'), { id: '33' }),
      target('b'),
      container('b', hash('d')),
      target('c'),
      container('c', hash('e')),
      noted('x', { current: '2.9.33', digest: hash('e') }),
    ],
    adoption: { latest: 4 },
  },
  {
    title: 'the id of an image, shortened, is still that image',
    rows: [
      ...onLatest,
      target('a'),
      row(
        'container',
        { 'ciris.server.id': 'main', 'container.id': 'short' },
        {
          info: { 'ciris.agent.id': 'a', 'container.image.name': '333333333333' },
          states: { state: 'running' },
        },
      ),
    ],
    adoption: { latest: 2 },
  },
  {
    title: 'a moving tag is one build on one engine, and another where its image is another',
    rows: [
      target('a'),
      container('a', 'latest', { id: '5' }),
      answer('a', '2.9.33-stable'),
      target('b'),
      container('b', 'latest', { id: '6' }),
      answer('b', '2.7.6-stable'),
      target('c'),
      container('c', 'latest', { id: '5' }),
    ],
    adoption: { latest: 2, older: 1 },
  },
  {
    title: 'what cannot be compared is unknown, not older',
    rows: [...onLatest, ...completed, target('a'), container('a', april, { id: '4' })],
    adoption: { latest: 1, unknown: 1 },
  },
  {
    title: 'unless it is known when it was ordered',
    rows: [
      ...onLatest,
      ...completed,
      target('a'),
      container('a', april, { id: '4' }),
      noted('a', { digest: april, at: 1 }),
    ],
    adoption: { latest: 1, older: 1 },
  },
  {
    title: 'an occurrence on another server is an agent of its own',
    rows: [
      ...completed,
      target('a'),
      container('a', '2.9.33'),
      target('a@scout1'),
      container('a@scout1', '2.9.32'),
      target('a/002@scout1'),
    ],
    adoption: { latest: 1, previous: 1, unknown: 1 },
  },
  {
    title:
      'production: three builds at once, two agents on a digest, one stopped, and nobody tells which is the newest',
    rows: production,
    adoption: { unknown: 5 },
  },
  {
    title: 'production: the same, where the agents tell what they are',
    rows: [
      ...production,
      answer('datum', '2.6.1-stable'),
      answer('echo@scout1', '2.7.2-stable'),
      answer('scout@scout2', '2.7.6-stable'),
    ],
    adoption: { latest: 1, older: 3, unknown: 1 },
  },
];

it.each(cases)('adoption: $title', ({ rows, adoption }) => {
  expect(adoptionOf(derive(rows))).toEqual(adoption);
  expect(adoptionOf(derive(rows.toReversed()))).toEqual(adoption);
});

describe('canary groups', () => {
  it('have a row each, with zeros; what rollouts do not know is in none of them', () => {
    const agents = [
      target('a', 'explorer'),
      target('b', 'general'),
      target('c'),
      target('d', 'vip'),
      target('e', 'general'),
    ];
    const rows = [...agents, container('b', '2.9.33'), container('e', '2.9.33'), container('c', '2.9.32')];
    const adoption = derive(rows).rows.filter(({ entity }) => entity === 'version_adoption');
    const none = { latest: 0, previous: 0, older: 0, newer: 0, unknown: 0 };
    expect(adoption.map(({ identity, values }) => [identity['ciris.canary.group'], values])).toEqual([
      ['explorer', { ...none, unknown: 1 }],
      ['early_adopter', none],
      ['general', { ...none, latest: 2 }],
      ['unassigned', { ...none, older: 1, unknown: 1 }],
    ]);
  });
});

describe('findings', () => {
  const findingsOf = (rows: readonly (Row | readonly Row[])[]): readonly string[] =>
    (derive(rows).findings ?? []).map(({ kind, message }) => `${kind}: ${message}`);

  it('builds of which nobody can tell which is the newest', () => {
    expect(findingsOf(production)).toEqual([
      expect.stringMatching(/^version_undecided: 3 builds of agent are in use/),
    ]);
  });

  it('an agent that runs something else than the registry notes', () => {
    const rows = [target('a/002'), container('a/002', '2.9.32'), noted('a/002', { current: '2.9.33' })];
    expect(findingsOf(rows)).toEqual([
      expect.stringMatching(
        /^version_drift: agent a, occurrence 002, on server main runs 2\.9\.32 where the registry notes 2\.9\.33;/,
      ),
    ]);
  });

  it('but not while a rollout is under way, nor where only hashes differ', () => {
    const rows = [target('a'), container('a', '2.9.32'), noted('a', { current: '2.9.33' })];
    expect(findingsOf([...rows, rollout('2.9.33', { status: 'in_progress', begunAt: 1 })])).toEqual([]);
    expect(
      findingsOf([target('a'), container('a', 'latest', { id: '1' }), noted('a', { digest: april })]),
    ).toEqual([]);
  });
});

/** No snapshot has two rows of one thing. */
function onceEach(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((one) => [identityKey(one), one])).values()];
}

describe('whatever the rows say', () => {
  const agents = ['a', 'b', 'a@scout1', 'a/002'];
  const word = fc.constantFrom('2.9.31', '2.9.32', '2.9.33', 'latest', hash('1'), hash('2'));
  const agent = fc.constantFrom(...agents);
  const group = fc.constantFrom(undefined, 'explorer', 'early_adopter', 'general', 'vip');
  const minute = fc.integer({ min: 1, max: 9 });
  const digest = fc.constantFrom(undefined, hash('1'), hash('2'), hash('3'));
  const anyRow = fc.oneof(
    fc
      .tuple(agent, word, fc.constantFrom('', '1', '2', '3'), fc.constantFrom('running', 'exited', 'unknown'))
      .map(([who, image, id, state]) => container(who, image, { id, state })),
    fc
      .tuple(agent, word, digest, minute)
      .map(([who, current, own, at]) =>
        noted(who, { current, digest: own, previous: hash('2'), fallback: hash('1'), at }),
      ),
    fc.tuple(agent, fc.constantFrom('2.9.31', '2.9.33', 'dev')).map(([who, version]) => answer(who, version)),
    fc
      .tuple(word, fc.constantFrom('completed', 'failed', 'in_progress', 'pending', 'rolled_back'), minute)
      .map(([image, status, at]) => rollout(image, { status, at })),
  );

  it('each target is counted once, and no build is current and previous at once', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(agent)
          .chain((whose) => fc.tuple(...whose.map((who) => fc.tuple(fc.constant(who), group)))),
        fc.array(anyRow, { maxLength: 15 }),
        (targets, rows) => {
          const derived = derive([...targets.map(([who, whose]) => target(who, whose)), ...rows]);
          const counts = Object.values(adoptionOf(derived));
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(targets.length);
          const { current, previous, fallback } = slotsOf(derived);
          const tags = [current, previous, fallback]
            .filter((text) => text !== undefined && !text.startsWith('latest'))
            .map((text) => text?.split(' ')[0]);
          expect(new Set(tags).size).toBe(tags.length);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('the order of the rows decides nothing', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 12 }), (rows) => {
        const all = [...agents.map((who) => target(who)), ...onceEach(rows.flat())];
        const there = derive(all);
        const back = derive(all.toReversed());
        expect(adoptionOf(back)).toEqual(adoptionOf(there));
        expect(slotsOf(back)).toEqual(slotsOf(there));
      }),
      { numRuns: 400 },
    );
  });
});
