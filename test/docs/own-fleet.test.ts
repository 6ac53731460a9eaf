import { expect, it } from 'vitest';
import { showFleet } from '../../docs/examples/own-fleet.ts';
import type { Row } from '../../src/metric/row.ts';
import { nextSnapshot } from '../app/support.ts';

const fleet = {
  agents: async () => [{ id: 'aurora', port: 1, isStopped: true }],
  scouts: async () => [{ id: 'scout', url: 'http://127.0.0.1:1' }],
  tokenOf: async () => undefined,
  rollouts: async () => [{ id: 'd-1', startedAt: new Date('2026-11-25T10:00:00Z'), image: 'agent:2.9.33' }],
  newestGui: async () => 'gui:1.0.0',
};

it('the fleet of a host is shown as its functions tell, and no file is looked for', async () => {
  await using telemetry = showFleet(fleet);
  const { rows, outcomes } = await nextSnapshot(telemetry.snapshots);
  const of = (entity: string, attribute: string): ReadonlyMap<unknown, Row> =>
    new Map(rows.filter((row) => row.entity === entity).map((row) => [row.identity[attribute], row]));
  expect(of('agent_target', 'ciris.agent.id').get('aurora')).toMatchObject({ values: { expected: 0 } });
  expect(of('agent_target', 'ciris.agent.id').get('scout')).toMatchObject({ values: { expected: 1 } });
  expect([...of('agent', 'ciris.agent.id').keys()].sort()).toEqual(['aurora', 'scout']);
  expect([...of('deployment', 'ciris.deployment.id').keys()]).toEqual(['d-1']);
  expect(of('component_version', 'ciris.component').get('gui')).toMatchObject({
    info: { 'ciris.version.image': 'gui:1.0.0' },
  });
  expect([...of('source', 'ciris.source').keys()].sort()).toEqual([
    'host',
    'host_deployments',
    'registry',
    'versions',
  ]);
  expect(outcomes.filter(({ collector, ok }) => collector !== 'docker' && !ok)).toEqual([]);
});
