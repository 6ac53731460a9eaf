import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../src/export/sender.ts';
import { HeldStore } from './support/held-store.ts';
import { MemoryPoints } from './support/memory-points.ts';
import { mutate, mutations } from './support/mutation.ts';
import { encodeRequest, type OraclePoint } from './support/oracle.ts';
import { snapshotOf } from './support/requests.ts';
import { createRig, createRigWith, loadMetric, loadPoints, loadRow } from './support/writer-rig.ts';

const { signal } = new AbortController();
const loads = (...points: readonly Partial<OraclePoint>[]) =>
  encodeRequest('protobuf', [loadMetric(...points)]);

describe('a writer', () => {
  it('tells rows that are new from those that are completed and those that are known', async () => {
    const { core, store } = createRig();
    const temperature = {
      ...loadMetric({ value: 20 }),
      name: 'probe.temperature',
      unit: 's',
      value: 'double',
    } as const;
    const stored = { kind: 'stored', rejected: 0 };
    expect(await core.receive(loads({}), signal)).toEqual(stored);
    expect(await core.receive(encodeRequest('json', [temperature]), signal)).toEqual(stored);
    expect(await core.receive(loads({}), signal)).toEqual(stored);
    expect(store.rows).toEqual([{ ...loadRow, values: { load: 1, temperature: 20 } }]);
    expect(core.stats()).toEqual({
      requests: 3,
      undecodableRequests: 0,
      unavailableRequests: 0,
      typed: {
        received: 3,
        inserted: 1,
        completed: 1,
        duplicates: 1,
        requests: 0,
        bytes: 0,
        transactions: 3,
      },
      generic: undefined,
      events: undefined,
      rejected: new Map(),
      strangers: 0,
      repeatedKeys: 0,
    });
  });

  it('stores the points of several resources and scopes together', async () => {
    const { core, store } = createRig();
    const [first, second] = [loads(...loadPoints(2)), loads(...loadPoints(3))];
    // Protobuf messages that follow one another are one message.
    const bytes = Buffer.concat([first.bytes, second.bytes]);
    expect(await core.receive({ encoding: 'protobuf', bytes }, signal)).toEqual({
      kind: 'stored',
      rejected: 0,
    });
    expect(store.rows).toHaveLength(3);
    expect(store.calls).toBe(1);
  });

  it('lets others have their turn while it takes a large request', async () => {
    const { core } = createRig();
    const turnsDuring = async (payload: Payload): Promise<number> => {
      let turns = 0;
      let isDone = false;
      const others = (async () => {
        for (; !isDone; turns += 1) await setImmediate();
      })();
      expect(await core.receive(payload, signal)).toEqual({ kind: 'stored', rejected: 0 });
      isDone = true;
      await others;
      return turns;
    };
    const { bytes } = loads(...loadPoints(1000));
    expect(await turnsDuring({ encoding: 'protobuf', bytes })).toBe(1);
    const many = Buffer.concat(Array.from({ length: 70 }, () => bytes));
    expect(await turnsDuring({ encoding: 'protobuf', bytes: many })).toBeGreaterThan(3);
  });

  it('says where a payload that is none goes wrong', async () => {
    const { core } = createRig();
    const bytes = Buffer.from('{"resourceMetrics":1}');
    expect(await core.receive({ encoding: 'json', bytes }, signal)).toEqual({
      kind: 'undecodable',
      message: 'resourceMetrics is not an array',
      at: 'resourceMetrics',
    });
  });

  it('keeps points within the age that it is told', async () => {
    const { core, store } = createRig({ limits: { maxAgeMs: 1000, maxAheadMs: 1000 } });
    const times = [1_772_366_408, 1_772_366_410, 1_772_366_412].map((second) => ({
      time: [second, 0] as [number, number],
    }));
    expect(await core.receive(loads(...times), signal)).toMatchObject({ rejected: 2 });
    expect(store.rows).toMatchObject([{ time: 1_772_366_410_000_000 }]);
  });

  it('answers at once when its signal aborts, and lets what is under way go on', async () => {
    const store = new HeldStore();
    const { core, log } = createRigWith(store);
    const controller = new AbortController();
    const outcome = core.receive(loads({}), controller.signal);
    await store.holds(1);
    controller.abort(new Error('closing'));
    expect(await outcome).toMatchObject({ kind: 'unavailable', message: 'closing' });
    store.letGo();
    await core.close();
    expect(store.stored).toEqual([loadRow]);
    // No word of a database that is away.
    expect(await core.receive(loads({}), signal)).toMatchObject({ message: 'the writer is closing' });
    expect(log).toEqual([]);
  });

  it('tells a sender what the database refuses for good', async () => {
    const { core, store } = createRig();
    store.refuse = (row) => (row.identity['probe.id'] === 'p1' ? 'its identity is too long' : undefined);
    expect(await core.receive(loads(...loadPoints(3)), signal)).toEqual({
      kind: 'stored',
      rejected: 1,
      message: expect.stringMatching(/"probe": refused_row, .*\(its identity is too long\)/),
    });
    expect(store.rows).toHaveLength(2);
    expect([...core.stats().rejected]).toEqual([['refused_row', 1]]);
  });

  it('logs a reason for rejection once for a metric, and counts on', async () => {
    const { core, log } = createRig();
    const payload = loads({ time: [0, 0] }, { time: [1, 0] });
    await core.receive(payload, signal);
    await core.receive(payload, signal);
    const said = expect.stringMatching(
      /1 of "probe.load": time_missing, the time is missing; 1 of "probe.load": time_too_old/,
    );
    expect(log.map(({ level, message }) => [level, message])).toEqual([['warn', said]]);
    expect([...core.stats().rejected]).toEqual([
      ['time_missing', 2],
      ['time_too_old', 2],
    ]);
  });

  it('logs many kinds of rejection in one line', async () => {
    const { core, log } = createRig();
    const strangers = Array.from({ length: 40 }, (_, index) => ({
      ...loadMetric({}),
      name: `host.${index}`,
    }));
    await core.receive(encodeRequest('protobuf', strangers), signal);
    expect(log.map(({ message }) => message)).toEqual([
      expect.stringMatching(/"host.0": unknown_metric.* "host.9": unknown_metric.*and of 30 more metrics$/),
    ]);
  });

  it('tells a sender of something else that nothing was stored', async () => {
    const bytes = Buffer.from('{"resource_metrics":[{}]}');
    expect(await createRig().core.receive({ encoding: 'json', bytes }, signal)).toMatchObject({
      kind: 'stored',
      rejected: 0,
      message: expect.stringContaining('"resource_metrics"'),
    });
  });

  it.each(['protobuf', 'json'] as const)(
    'has an answer to any fault in a request as %s',
    async (encoding) => {
      const { bytes } = encodeRequest(encoding, [loadMetric({}, ...loadPoints(2))]);
      const property = fc.asyncProperty(mutations, async (changes) => {
        const { core } = createRig();
        const outcome = await core.receive({ encoding, bytes: mutate(bytes, changes) }, signal);
        expect(['stored', 'undecodable']).toContain(outcome.kind);
      });
      await fc.assert(property, { numRuns: 1000 });
    },
  );

  it('gives statistics that do not change afterwards', async () => {
    const { core } = createRig();
    const before = core.stats();
    await core.receive(loads({ time: [0, 0] }), signal);
    expect(before).toMatchObject({ requests: 0, rejected: new Map() });
  });
});

describe('a writer with a place for all points', () => {
  const strangerOf = (name: string) => ({ ...loadMetric({ attributes: { 'probe.site': 'north' } }), name });
  const mixed = encodeRequest('protobuf', [loadMetric({}), strangerOf('other'), strangerOf('probe.load')]);

  it('puts there what the catalog does not know, or knows otherwise, and says that once', async () => {
    const points = new MemoryPoints();
    const { core, store, log } = createRig({ points });
    for (const _ of [1, 2])
      expect(await core.receive(mixed, signal)).toEqual({ kind: 'stored', rejected: 0 });
    expect(store.rows).toEqual([loadRow]);
    expect(points.stored.map(({ series }) => [series.group.name, series.attributes])).toEqual([
      ['other', '{"probe.site":"north"}'],
      ['probe.load', '{"probe.site":"north"}'],
      ['other', '{"probe.site":"north"}'],
      ['probe.load', '{"probe.site":"north"}'],
    ]);
    expect(core.stats()).toMatchObject({
      typed: { received: 2, inserted: 1, duplicates: 1 },
      generic: { received: 4, inserted: 4 },
      strangers: 2,
    });
    expect(log.map(({ message }) => message)).toEqual([
      expect.stringMatching(/otherwise.*1 of "probe.load": missing_attribute/),
    ]);
  });

  it('stores rows first, and acknowledges neither before both are stored', async () => {
    const points = new MemoryPoints();
    const { core, store } = createRig({ points });
    store.away = 'away';
    expect(await core.receive(mixed, signal)).toMatchObject({ kind: 'unavailable' });
    expect(points.stored).toEqual([]);
    store.away = undefined;
    points.away = 'full';
    expect(await core.receive(mixed, signal)).toEqual({
      kind: 'unavailable',
      message: 'the database takes no rows: full',
      retryAfterMs: 2000,
    });
    expect(store.rows).toEqual([loadRow]);
    expect(core.stats()).toMatchObject({ strangers: 0, unavailableRequests: 2 });
  });

  it('tells by name what is refused there', async () => {
    const points = new MemoryPoints();
    points.refuse = ({ series }) => (series.group.name === 'other' ? 'of another series' : undefined);
    const { core } = createRig({ points });
    expect(await core.receive(mixed, signal)).toEqual({
      kind: 'stored',
      rejected: 1,
      message: expect.stringMatching(/1 of "other": series_collision, .*\(of another series\)/),
    });
    expect([...core.stats().rejected]).toEqual([['series_collision', 1]]);
  });

  it('refuses events where there is no place for them', async () => {
    const { core } = createRig();
    const bytes = Buffer.from(JSON.stringify(snapshotOf({})));
    expect(await core.receiveLogs({ encoding: 'json', bytes }, signal)).toMatchObject({ rejected: 1 });
    expect([...core.stats().rejected]).toEqual([['unknown_event', 1]]);
  });
});
