import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/metric/row.ts';
import {
  answer,
  container,
  derive,
  hash,
  imageOf,
  named,
  noted,
  rollout,
  slotRow,
  slotsOf,
  target,
} from './rows.ts';

interface Case {
  readonly title: string;
  readonly rows: readonly (Row | readonly Row[])[];
  readonly slots: Readonly<Record<string, string>>;
}

const april = hash('a1');

const cases: readonly Case[] = [
  { title: 'nothing is known of nothing', rows: [], slots: {} },
  { title: 'a target alone says nothing', rows: [target('a')], slots: {} },
  {
    title: 'what runs is current',
    rows: [target('a'), container('a', '2.9.33', { id: '1' }), target('b'), container('b', '2.9.33')],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'what runs beats what was ordered',
    rows: [
      target('a'),
      container('a', '2.9.32'),
      noted('a', { current: '2.9.33', at: 9 }),
      rollout('2.9.33', { at: 9 }),
    ],
    slots: { current: '2.9.32 container' },
  },
  {
    title: 'of several that run, the last completed rollout decides, not the higher version',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.34', { at: 5 }),
      rollout('2.9.33', { at: 9 }),
    ],
    slots: { current: '2.9.33 container', previous: '2.9.34 deployment' },
  },
  {
    title: 'a rollout under way is staged while the fleet is mixed',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { status: 'in_progress', begunAt: 8 }),
    ],
    slots: { current: '2.9.33 container', staged: '2.9.34 deployment' },
  },
  {
    title: 'without a completed rollout, what a rollout under way brings is not current either',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.34', { status: 'in_progress', begunAt: 8 }),
    ],
    slots: { current: '2.9.33 container', staged: '2.9.34 deployment' },
  },
  {
    title: 'what all run already is not staged any more',
    rows: [
      container('a', '2.9.34'),
      rollout('2.9.34', { status: 'in_progress', begunAt: 8 }),
      rollout('2.9.33', { at: 5 }),
    ],
    slots: { current: '2.9.34 container', previous: '2.9.33 deployment' },
  },
  {
    title: 'a rollout that waits to be launched is staged, a rejected one is nothing',
    rows: [
      container('a', '2.9.33'),
      rollout('2.9.34', { status: 'pending', begunAt: 8 }),
      rollout('2.9.35', { status: 'rejected', at: 9 }),
    ],
    slots: { current: '2.9.33 container', staged: '2.9.34 deployment' },
  },
  {
    title: 'a failed rollout does not make what it left behind current',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { status: 'failed', at: 9 }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'a completed rollout whose counts do not add up does not either',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { at: 9, doubtful: true }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'A8: a rollback changes no version: the rollout had been completed before',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { status: 'rolled_back', phase: 'general', begunAt: 8, updated: [2, 2] }),
    ],
    slots: { current: '2.9.34 container', previous: '2.9.33 deployment' },
  },
  {
    title: 'A8: a rollback of a rollout that was given up is no completed one',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { status: 'rolled_back', phase: 'explorers', begunAt: 8, updated: [2, 2] }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'A8: nor is one that was in its last phase and had not reached all agents',
    rows: [
      container('a', '2.9.34'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { status: 'rolling_back', phase: 'general', begunAt: 8, updated: [1, 2] }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'what was ordered for one agent alone is no order for all',
    rows: [
      container('a', '2.9.35'),
      container('b', '2.9.33'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.35', { strategy: 'manual', at: 9 }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'what runs though its rollout failed came after the one that was completed before',
    rows: [
      container('a', '2.9.34'),
      rollout('2.9.33', { at: 5 }),
      rollout('2.9.34', { status: 'failed', at: 9 }),
    ],
    slots: { current: '2.9.34 container', previous: '2.9.33 deployment' },
  },
  {
    title: 'previous and fallback are the completed rollouts before, each build once',
    rows: [
      container('a', '2.9.33'),
      rollout('2.9.31', { at: 1 }),
      rollout('2.9.32', { at: 2 }),
      rollout('2.9.33', { at: 3 }),
      rollout('2.9.32', { at: 4 }),
      rollout('2.9.33', { at: 5 }),
    ],
    slots: { current: '2.9.33 container', previous: '2.9.32 deployment', fallback: '2.9.31 deployment' },
  },
  {
    title: 'a later rollout that runs nowhere is not previous',
    rows: [
      container('a', '2.9.32'),
      rollout('2.9.31', { at: 1 }),
      rollout('2.9.32', { at: 2 }),
      rollout('2.9.33', { at: 3 }),
    ],
    slots: { current: '2.9.32 container', previous: '2.9.31 deployment' },
  },
  {
    title: 'without deployments, what the registry noted last of what runs is current',
    rows: [
      container('a', '2.9.31'),
      noted('a', { current: '2.9.31', at: 9 }),
      container('b', '2.9.33'),
      noted('b', { current: '2.9.33', at: 5 }),
    ],
    slots: { current: '2.9.31 container' },
  },
  {
    title: 'the registry knows those before by digest alone, and others know them by name',
    rows: [
      container('a', '2.9.33'),
      noted('a', { current: '2.9.33', digest: hash('3'), previous: hash('2'), fallback: hash('1'), at: 9 }),
      container('b', '2.9.32'),
      noted('b', { current: '2.9.32', digest: hash('2'), at: 5 }),
    ],
    slots: { current: '2.9.33 container', previous: '2.9.32 registry', fallback: `${hash('1')} registry` },
  },
  {
    title: 'agents that came from different versions have no previous one in common',
    rows: [
      container('a', '2.9.33'),
      noted('a', { current: '2.9.33', previous: hash('2') }),
      container('b', '2.9.33'),
      noted('b', { current: '2.9.33', previous: hash('1') }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'no order known: the highest version',
    rows: [container('a', '2.9.9'), container('b', '2.10.1'), container('c', '2.7.6-stable')],
    slots: { current: '2.10.1 container' },
  },
  {
    title: 'no order known, and versions that cannot be compared: nothing',
    rows: [container('a', '2.9.9'), container('b', april, { id: '7' })],
    slots: {},
  },
  {
    title: 'where no container is seen, agents say what they are',
    rows: [target('a'), answer('a', '2.9.33-stable'), noted('a', { current: '2.9.34-stable' })],
    slots: { current: '2.9.33-stable agent' },
  },
  {
    title: 'where nothing is seen, the registry says what was ordered',
    rows: [target('a'), noted('a', { current: '2.9.33', digest: hash('3') })],
    slots: { current: '2.9.33 registry' },
  },
  {
    title: 'where nothing else is known, the last completed rollout',
    rows: [rollout('2.9.33', { at: 5 }), rollout('2.9.34', { at: 9 })],
    slots: { current: '2.9.34 deployment', previous: '2.9.33 deployment' },
  },
  {
    title: 'an agent that has stopped does not count against those that run',
    rows: [container('a', '2.9.33'), container('b', 'latest', { id: '5', state: 'exited' })],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'nor does one that was stopped on purpose and of which only the registry tells',
    rows: [
      container('a', '2.9.33'),
      { ...target('b'), values: { expected: 0 } },
      noted('b', { current: '2.9.34' }),
    ],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'but where all have stopped, it is what they would run',
    rows: [container('a', '2.9.33', { state: 'exited' })],
    slots: { current: '2.9.33 container' },
  },
  {
    title: 'a completed rollout of a moving tag is what runs under it, where that is one build',
    rows: [container('a', 'latest', { id: '5' }), container('b', '2.7.6'), rollout('latest', { at: 9 })],
    slots: { current: 'latest container' },
  },
  {
    title: 'a completed rollout of a moving tag is nobody knows what, where several builds run under it',
    rows: [
      container('a', 'latest', { id: '5' }),
      container('b', 'latest', { id: '6' }),
      rollout('latest', { at: 9 }),
    ],
    slots: {},
  },
];

it.each(cases)('the slots of agents: $title', ({ rows, slots }) => {
  expect(slotsOf(derive(rows))).toEqual(slots);
  expect(slotsOf(derive(rows.toReversed()))).toEqual(slots);
});

describe('what a slot says', () => {
  it('image, tag, digest, deployment and the time of its completion', () => {
    const rows = [
      container('a', '2.9.33', { id: '1' }),
      noted('a', { current: '2.9.33', digest: hash('3'), at: 7 }),
      rollout('2.9.33', { at: 9, begunAt: 5 }),
    ];
    const current = slotRow(derive(rows), 'current');
    const [deployment] = rows.flat().filter(({ entity }) => entity === 'deployment');
    expect(current?.info).toEqual({
      'ciris.version.image': imageOf('2.9.33'),
      'ciris.version.tag': '2.9.33',
      'ciris.version.digest': hash('3'),
      'ciris.version.source': 'container',
      'ciris.deployment.id': deployment?.identity['ciris.deployment.id'],
    });
    expect(current?.values).toEqual({ deployedAt: 540 });
  });

  it('the time that the registry notes, where no deployment is known; none where nobody says', () => {
    const rows = [container('a', '2.9.33'), container('b', '2.9.33')];
    expect(slotRow(derive(rows), 'current')?.values).toEqual({});
    const notes = [noted('a', { current: '2.9.33', at: 7 }), noted('b', { current: '2.9.33', at: 8 })];
    expect(slotRow(derive([...rows, ...notes]), 'current')?.values).toEqual({ deployedAt: 480 });
  });

  it('nothing was deployed yet of what is staged', () => {
    const derived = derive([container('a', '2.9.33'), rollout('2.9.34', { status: 'paused', begunAt: 5 })]);
    expect(slotRow(derived, 'staged')?.values).toEqual({});
  });
});

describe('the user interface and nginx', () => {
  const gui = 'ghcr.io/cirisai/ciris-gui:1.2.0';

  it('are what their containers run', () => {
    const derived = derive([named('ciris-gui', gui), named('ciris-nginx', 'nginx:alpine', { id: '9' })]);
    expect(slotsOf(derived, 'gui')).toEqual({ current: '1.2.0 container' });
    expect(slotsOf(derived, 'nginx')).toEqual({ current: 'alpine container' });
    expect(slotsOf(derived, 'manager')).toEqual({});
  });

  it('a container of another name, or of an agent, is neither', () => {
    const agent = container('gui', '2.9.33');
    const rows = [
      named('cirislens-gui', gui),
      { ...agent, info: { ...agent.info, 'container.name': 'ciris-gui' } },
    ];
    expect(slotsOf(derive(rows), 'gui')).toEqual({});
  });

  it('without a container, the interface is what the registry notes beside the agents', () => {
    expect(slotsOf(derive([target('a'), noted('a', { current: '2.9.33', gui })]), 'gui')).toEqual({
      current: '1.2.0 registry',
    });
  });

  it('several builds on several servers: the last completed rollout; one more waits', () => {
    const rows = [
      named('ciris-nginx', 'example/nginx:1.27.1', { server: 'main' }),
      named('ciris-nginx', 'example/nginx:1.27.2', { server: 'scout1' }),
      rollout('example/nginx:1.27.1', { component: 'nginx', strategy: 'immediate', at: 9 }),
      rollout('example/nginx:latest', { component: 'nginx', status: 'pending', begunAt: 10 }),
    ];
    expect(slotsOf(derive(rows), 'nginx')).toEqual({
      current: '1.27.1 container',
      staged: 'latest deployment',
    });
  });
});
