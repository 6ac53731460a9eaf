import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/metric/row.ts';
import { fleetRow } from '../../../src/snapshot/fleet-row.ts';
import { rowOfContainer, rowOfServer } from '../agent-rows.ts';

const valuesOf = (...rows: Row[]) => fleetRow(rows, 'here', 0).values;
const using = (cpuUsage: number, memoryWorkingSet: number): Partial<Row> => ({
  values: { cpuUsage, memoryWorkingSet },
});

describe('hosts of the fleet', () => {
  it('are absent where none is watched', () => {
    expect(fleetRow([], 'here', 5)).toEqual({
      entity: 'fleet',
      time: 5,
      identity: { 'service.instance.id': 'here' },
      info: {},
      values: {},
      states: {},
    });
  });

  it('say nothing of containers while none of them answers', () => {
    const values = valuesOf(rowOfServer('main', 0), rowOfServer('scout', 0));
    expect(values).toMatchObject({ serversUp: 0, serversDown: 2, missingCpuAgent: 2, includedCpuAgent: 0 });
    for (const key of ['containersRunning', 'containersUnknown', 'cpuAgent', 'memoryOther']) {
      expect(values).not.toHaveProperty(key);
    }
  });

  it('have no containers, and use nothing, where all answered and list none', () => {
    expect(valuesOf(rowOfServer('main'))).toMatchObject({
      serversUp: 1,
      serversDown: 0,
      containersRunning: 0,
      containersExited: 0,
      cpuAgent: 0,
      memoryOther: 0,
      includedCpuAgent: 0,
      missingCpuAgent: 0,
    });
  });
});

describe('containers of the fleet', () => {
  it('are counted by state, and what they use is added up for agents and for others', () => {
    const values = valuesOf(
      rowOfServer('main'),
      rowOfServer('scout'),
      rowOfContainer('ciris-a', 'a@main', using(0.5, 100)),
      rowOfContainer('ciris-b', 'b@scout', using(0.25, 200)),
      rowOfContainer('ciris-gui', '@main', using(0.125, 50)),
      rowOfContainer('ciris-old', 'c@main', { states: { state: 'exited' } }),
    );
    expect(values).toMatchObject({
      containersRunning: 3,
      containersExited: 1,
      containersDead: 0,
      cpuAgent: 0.75,
      cpuOther: 0.125,
      memoryAgent: 300,
      memoryOther: 50,
      includedCpuAgent: 2,
      missingCpuAgent: 0,
      includedMemoryOther: 1,
      missingMemoryOther: 0,
    });
  });

  it('that run and do not say what they use are missing from the sum, and so is a host that did not answer', () => {
    const values = valuesOf(
      rowOfServer('main'),
      rowOfServer('scout', 0),
      rowOfContainer('ciris-a', 'a@main', using(0.5, 100)),
      rowOfContainer('ciris-b', 'b@main', { values: { memoryWorkingSet: 10 } }),
    );
    expect(values).toMatchObject({
      cpuAgent: 0.5,
      includedCpuAgent: 1,
      missingCpuAgent: 2,
      memoryAgent: 110,
      includedMemoryAgent: 2,
      missingMemoryAgent: 1,
      missingCpuOther: 1,
    });
    expect(values).not.toHaveProperty('cpuOther');
  });

  it('give no sum where none of them says what it uses', () => {
    const values = valuesOf(rowOfServer('main'), rowOfContainer('ciris-a', 'a@main'));
    expect(values).not.toHaveProperty('cpuAgent');
    expect(values).toMatchObject({ includedCpuAgent: 0, missingCpuAgent: 1, cpuOther: 0 });
  });
});
