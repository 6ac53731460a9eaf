import { expect, it } from 'vitest';
import { snapshotText } from '../../src/cli/snapshot-view.ts';
import type { Outcome, Snapshot } from '../../src/snapshot/snapshot.ts';
import { rowOf } from '../snapshot/fakes.ts';

const outcome = (collector: string, ok: boolean): Outcome => ({
  collector,
  ok,
  durationMs: 1,
  rows: 1,
  problems: [],
});

const snapshotOf = (up: 0 | 1, outcomes: readonly Outcome[]): Snapshot => ({
  id: 'id',
  sequence: 1,
  time: 0,
  durationMs: 1,
  rows: [rowOf('server', 'main', { values: { up } })],
  findings: [],
  outcomes,
});

it.each([
  ['an engine that is up', 1, [outcome('docker', true)], 'There are no containers.'],
  [
    'an engine that is up, whatever else fails',
    1,
    [outcome('docker', true), outcome('targets', false)],
    'There are no containers.',
  ],
  ['an engine that is down', 0, [outcome('docker', false)], 'What containers there are is not known.'],
] as const)('without containers the table says what that means of %s', (_what, up, outcomes, words) => {
  expect(snapshotText(snapshotOf(up, outcomes))).toContain(`\n${words}\n`);
});
