import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { requireTimescale } from '../../../src/db/layout/features.ts';
import { partitionAt, partitionsBetween } from '../../../src/db/layout/partition.ts';
import { rawTables, storedRollups, type TimedTable } from '../../../src/db/layout/timed-table.ts';

function tableNamed(name: string): TimedTable {
  const found = [...rawTables(catalog), ...storedRollups(catalog)].find((table) => table.name === name);
  if (found === undefined) throw new Error(`no table ${name}`);
  return found;
}

describe('a partition', () => {
  it.each([
    ['container', '2026-11-25T23:59:59.999Z', 'container_p20261125', '2026-11-25', '2026-11-26'],
    ['container', '2026-11-26T00:00:00Z', 'container_p20261126', '2026-11-26', '2026-11-27'],
    ['number_point', '1969-12-31T23:00:00Z', 'number_point_p19691231', '1969-12-31', '1970-01-01'],
    ['container_5m', '2026-11-25T12:00:00Z', 'container_5m_p20261123', '2026-11-23', '2026-11-30'],
    ['container_1h', '2026-11-25T12:00:00Z', 'container_1h_p20261123', '2026-11-23', '2026-12-21'],
    ['snapshot', '2026-12-20T23:00:00Z', 'snapshot_p20261123', '2026-11-23', '2026-12-21'],
  ])('of %s at %s is %s', (table, time, name, from, to) => {
    expect(partitionAt(tableNamed(table), new Date(time))).toEqual({
      qualified: `telemetry_data."${name}"`,
      from: new Date(from),
      to: new Date(to),
    });
  });

  it('follows the one before it', () => {
    const days = partitionsBetween(
      tableNamed('container'),
      new Date('2026-11-25T12:00:00Z'),
      new Date('2026-11-28T00:00:00Z'),
    );
    expect(days.map(({ from }) => from.toISOString().slice(0, 10))).toEqual([
      '2026-11-25',
      '2026-11-26',
      '2026-11-27',
      '2026-11-28',
    ]);
  });
});

describe('TimescaleDB', () => {
  it.each(['2.13.0', '2.23.0-dev', '2.100.1', '3.0.0'])('%s will do', (version) => {
    expect(() => requireTimescale(version)).not.toThrow();
  });

  it.each(['2.12.2', '2.9.0', '1.7.5'])('%s is too old, and it is said what to do', (version) => {
    expect(() => requireTimescale(version)).toThrow(/too old: upgrade it .* or use a database without/);
  });
});
