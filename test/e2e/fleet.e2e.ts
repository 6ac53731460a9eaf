import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../src/catalog/catalog.ts';
import { identityKey, type Row } from '../../src/metric/row.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { eventually } from './support/eventually.ts';
import { type FleetScene, playFleetScene, untilSecond, wayNames } from './support/fleet-scene.ts';
import { ordered } from './support/row-order.ts';

/** The rollout has ended, and every agent that was restarted has figures of its new process. */
const lastSecond = 57;

const releasers = new Releasers();
let scene: FleetScene;

beforeAll(async () => {
  scene = await playFleetScene(releasers);
  await untilSecond(scene.fleet, lastSecond);
  for (const name of wayNames) await scene.ways[name].exporter.stop();
});
afterAll(() => releasers.close());

/** Rows by what tells them apart, with the snapshots that they were in. */
function byKey(snapshots: readonly Snapshot[]) {
  const found = new Map<string, { readonly row: Row; readonly others: Row[]; readonly times: number[] }>();
  for (const { rows, time } of snapshots) {
    for (const row of rows) {
      const key = `${identityKey(row)} ${row.time}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { row, others: [], times: [time] });
      else {
        known.others.push(row);
        known.times.push(time);
      }
    }
  }
  return [...found.values()];
}

describe.each(wayNames)('the whole fleet by %s', (name) => {
  it('has rows of every entity in its snapshots', () => {
    const rows = scene.ways[name].exporter.rows();
    expect([...new Set(rows.map(({ entity }) => entity))].toSorted()).toEqual(
      storedEntities(catalog)
        .map((entity) => entity.name)
        .toSorted(),
    );
  });

  it('shows what still holds in several snapshots, with its own time and unchanged', () => {
    const repeated = byKey(scene.ways[name].exporter.taken()).filter(({ others }) => others.length > 0);
    const entities = new Set(repeated.map(({ row }) => row.entity));
    expect([...entities]).toEqual(
      expect.arrayContaining(['agent', 'agent_usage', 'agent_service', 'agent_report']),
    );
    for (const { row, others, times } of repeated) {
      for (const other of others) expect(other).toEqual(row);
      expect(Math.max(...times)).toBeGreaterThan(row.time);
    }
  });

  it('is stored row by row as it was, none missing and none twice', async () => {
    const { exporter, storedRows } = scene.ways[name];
    const sent = ordered(byKey(exporter.taken()).map(({ row }) => row));
    expect(exporter.snapshots()).toBeGreaterThan(20);
    await eventually('as many rows', async () => (await storedRows()).length >= sent.length || undefined);
    expect(ordered(await storedRows())).toEqual(sent);
  });
});
