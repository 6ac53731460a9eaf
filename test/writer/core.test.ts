import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from './support/memory-store.ts';
import { mutate, mutations } from './support/mutation.ts';
import { encodeRequest, type OraclePoint } from './support/oracle.ts';
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
    const stored = { kind: 'stored', inserted: 0, completed: 0, duplicates: 0, rejectedPoints: 0 };
    expect(await core.receive(loads({}), signal)).toEqual({ ...stored, inserted: 1 });
    expect(await core.receive(encodeRequest('json', [temperature]), signal)).toEqual({
      ...stored,
      completed: 1,
    });
    expect(await core.receive(loads({}), signal)).toEqual({ ...stored, duplicates: 1 });
    expect(store.rows).toEqual([{ ...loadRow, values: { load: 1, temperature: 20 } }]);
    expect(core.stats()).toEqual({
      requests: 3,
      points: 3,
      insertedRows: 1,
      completedRows: 1,
      duplicateRows: 1,
      rejectedPoints: new Map(),
      repeatedKeys: 0,
      undecodableRequests: 0,
      unavailableRequests: 0,
    });
  });

  it('stores the points of several resources and scopes together', async () => {
    const { core, store } = createRig();
    const [first, second] = [loads(...loadPoints(2)), loads(...loadPoints(3))];
    // Protobuf messages that follow one another are one message.
    const bytes = Buffer.concat([first.bytes, second.bytes]);
    expect(await core.receive({ encoding: 'protobuf', bytes }, signal)).toMatchObject({ inserted: 3 });
    expect(store.calls).toBe(1);
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
    expect(await core.receive(loads(...times), signal)).toMatchObject({ inserted: 1, rejectedPoints: 2 });
    expect(store.rows).toMatchObject([{ time: 1_772_366_410_000_000 }]);
  });

  it('hands its signal on to the store', async () => {
    const reasons: unknown[] = [];
    const store = new MemoryStore();
    const { core } = createRigWith({
      store: (rows, given) => {
        given.addEventListener('abort', () => reasons.push(given.reason));
        return store.store(rows, given);
      },
    });
    const controller = new AbortController();
    await core.receive(loads({}), controller.signal);
    controller.abort('closing');
    expect(reasons).toEqual(['closing']);
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
    expect([...core.stats().rejectedPoints]).toEqual([
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

  it('logs the first payload that is none', async () => {
    const { core, log } = createRig();
    const payload = { encoding: 'json', bytes: Buffer.from('{') } as const;
    await core.receive(payload, signal);
    await core.receive(payload, signal);
    expect(log).toMatchObject([{ level: 'warn', message: expect.stringContaining('refused in whole') }]);
  });

  it('tells a sender of something else that nothing was stored', async () => {
    const bytes = Buffer.from('{"resource_metrics":[{}]}');
    expect(await createRig().core.receive({ encoding: 'json', bytes }, signal)).toMatchObject({
      kind: 'stored',
      rejectedPoints: 0,
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
    expect(before).toMatchObject({ requests: 0, rejectedPoints: new Map() });
  });
});
