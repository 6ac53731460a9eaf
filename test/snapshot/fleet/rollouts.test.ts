import { describe, expect, it } from 'vitest';
import { deploymentStatuses } from '../../../src/collectors/deployments/sample.ts';
import type { Row } from '../../../src/metric/row.ts';
import { fleetRow } from '../../../src/snapshot/fleet-row.ts';
import { emptyRow } from '../agent-rows.ts';

const valuesOf = (...rows: Row[]) => fleetRow(rows, 'here', 0).values;
const deployment = (id: string, status: string) =>
  emptyRow('deployment', { 'ciris.deployment.id': id }, { states: { status } });
const said = (source: string) => emptyRow('source', { 'ciris.source': source }, { values: { readAge: 1 } });
const group = (name: string, values: Row['values']) =>
  emptyRow('version_adoption', { 'ciris.canary.group': name }, { values });

describe('deployments of the fleet', () => {
  it('are active until they have ended, and staged until they have begun', () => {
    const ended = ['completed', 'failed', 'cancelled', 'rejected', 'rolled_back', 'rollback_failed'];
    const going = ['in_progress', 'paused', 'rolling_back', 'rollback_proposed'];
    const statuses = [...ended, ...going, 'pending', 'unknown'];
    expect([...statuses].sort()).toEqual([...deploymentStatuses].sort());
    const rows = statuses.map((status) => deployment(status, status));
    expect(valuesOf(...rows)).toMatchObject({ deploymentsActive: 4, deploymentsStaged: 1 });
  });

  it('are none only where a source of deployments says so', () => {
    expect(valuesOf()).not.toHaveProperty('deploymentsActive');
    expect(valuesOf(said('registry'))).not.toHaveProperty('deploymentsActive');
    expect(valuesOf(said('deployment_state'))).toMatchObject({ deploymentsActive: 0, deploymentsStaged: 0 });
  });

  it('are not known any more ten minutes after a source of deployments was last read', () => {
    const old = emptyRow('source', { 'ciris.source': 'manager_api' }, { values: { readAge: 601 } });
    expect(valuesOf(old, deployment('d', 'completed'))).not.toHaveProperty('deploymentsActive');
    expect(valuesOf(old, said('deployment_state'), deployment('d', 'pending'))).toMatchObject({
      deploymentsActive: 0,
      deploymentsStaged: 1,
    });
  });
});

describe('versions of the fleet', () => {
  it('are those of all canary groups', () => {
    expect(
      valuesOf(
        group('explorer', { latest: 1, previous: 0, older: 0, newer: 0, unknown: 0 }),
        group('general', { latest: 2, previous: 3, older: 4, newer: 1, unknown: 5 }),
      ),
    ).toMatchObject({
      versionLatest: 3,
      versionPrevious: 3,
      versionOlder: 4,
      versionNewer: 1,
      versionUnknown: 5,
    });
  });

  it('are absent where nobody tells them', () => {
    expect(valuesOf()).not.toHaveProperty('versionUnknown');
  });
});
