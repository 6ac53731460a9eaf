import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { registerObservables } from '../../src/export/observe.ts';
import { entityOf } from '../../src/metric/define.ts';
import type { Row } from '../../src/metric/row.ts';
import { microsToHrTime } from '../../src/metric/time.ts';
import { containerRow, entities, serverRow, started, time } from './support/fleet.ts';
import { collected, fleetMeter } from './support/meter.ts';

class ManualReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** The same registration on an SDK's meter and on ours. */
function bothMeters(rows: () => readonly Row[]) {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader] });
  registerObservables(provider.getMeter('ciris-telemetry', '0.1.0'), entities, rows);
  const ours = fleetMeter();
  registerObservables(ours, entities, rows);
  return { sdk: reader, ours };
}

/** What the specification says of a point, without the times that only ours knows. */
async function described(producer: Parameters<typeof collected>[0]) {
  return [...(await collected(producer)).values()].map((metric) => ({
    name: metric.descriptor.name,
    unit: metric.descriptor.unit,
    description: metric.descriptor.description,
    valueType: metric.descriptor.valueType,
    type: metric.dataPointType,
    monotonic: 'isMonotonic' in metric && metric.isMonotonic,
    temporality: metric.aggregationTemporality,
    points: metric.dataPoints.map(({ attributes, value }) => ({ attributes, value })),
  }));
}

const idsOf = (
  metric: Awaited<ReturnType<typeof collected>> extends ReadonlyMap<string, infer M> ? M : never,
) => metric.dataPoints.map(({ attributes }) => attributes['container.id']);

describe('registerObservables', () => {
  it('yields the same points on our meter as on the SDK, where nothing vanishes', async () => {
    const rows = [containerRow('a'), containerRow('b', { states: {}, values: { pids: 3 } }), serverRow()];
    const { sdk, ours } = bothMeters(() => rows);
    await ours.collect();
    await sdk.collect();
    const expected = await described(sdk);
    expect(expected.length).toBeGreaterThan(12);
    expect(await described(ours)).toEqual(expected);
  });

  it('B10, P30: shows what is gone no more, while the SDK exports it for ever', async () => {
    let rows = [containerRow('aaa')];
    const { sdk, ours } = bothMeters(() => rows);
    for (const meter of [sdk, ours]) await meter.collect();
    rows = [containerRow('bbb')];
    for (const name of ['container.memory.usage', 'container.cpu.usage']) {
      const ofSdk = (await collected(sdk)).get(name);
      const ofOurs = (await collected(ours)).get(name);
      expect(ofSdk && idsOf(ofSdk)).toEqual(['aaa', 'bbb']);
      expect(ofOurs && idsOf(ofOurs)).toEqual(['bbb']);
    }
  });

  it('B11, P31: 2100 generations of one container leave no overflow, while the SDK hides the last ones', async () => {
    let id = '';
    const { sdk, ours } = bothMeters(() => [containerRow(id, { values: { pids: 1 }, states: {}, info: {} })]);
    for (let generation = 1; generation <= 2100; generation += 1) {
      id = `c${generation}`;
      await sdk.collect();
      const pids = (await collected(ours)).get('ciris.container.pids');
      expect(pids?.dataPoints.map(({ attributes }) => attributes['container.id'])).toEqual([id]);
    }
    const ofSdk = (await collected(sdk)).get('ciris.container.pids')?.dataPoints ?? [];
    expect(ofSdk.some(({ attributes }) => attributes['otel.metric.overflow'] === true)).toBe(true);
    expect(ofSdk.some(({ attributes }) => attributes['container.id'] === 'c2100')).toBe(false);
    expect(ours.droppedSeries()).toBe(0);
  });

  it('stamps points with the time of their row, and counters alone with its start', async () => {
    const ours = fleetMeter();
    registerObservables(ours, entities, () => [containerRow('a')]);
    const metrics = await collected(ours);
    const times = (name: string) =>
      metrics.get(name)?.dataPoints.map(({ startTime, endTime }) => [startTime, endTime])[0];
    expect(times('container.cpu.time')).toEqual([microsToHrTime(started), microsToHrTime(time)]);
    expect(times('container.memory.usage')).toEqual([[0, 0], microsToHrTime(time)]);
    expect(times('ciris.container.info')).toEqual([[0, 0], microsToHrTime(time)]);
  });

  it('yields one point per state, 1 or 0, and none for a state that is unknown or outside the set', async () => {
    const ours = fleetMeter();
    registerObservables(ours, entities, () => [
      containerRow('a', { states: { state: 'exited' } }),
      containerRow('b', { states: { state: 'no-such-state' } }),
    ]);
    const metrics = await collected(ours);
    const states = metrics.get('ciris.container.state')?.dataPoints ?? [];
    expect(states.length).toBeGreaterThan(5);
    expect(states.every(({ attributes }) => attributes['container.id'] === 'a')).toBe(true);
    const on = states.filter(({ value }) => value === 1);
    expect(on.map(({ attributes }) => attributes['ciris.container.state'])).toEqual(['exited']);
    expect(metrics.has('ciris.container.health')).toBe(false);
  });

  it('carries info attributes on the info metric alone, as they are now', async () => {
    let row = containerRow('a', { info: { 'container.name': 'old' } });
    const ours = fleetMeter();
    registerObservables(ours, entities, () => [row]);
    const infoNow = async () => (await collected(ours)).get('ciris.container.info')?.dataPoints;
    expect(await infoNow()).toMatchObject([{ value: 1, attributes: { 'container.name': 'old' } }]);
    row = containerRow('a', { info: { 'container.name': 'new' } });
    expect(await infoNow()).toMatchObject([
      { attributes: { 'ciris.server.id': 'host-a', 'container.id': 'a', 'container.name': 'new' } },
    ]);
    const usage = (await collected(ours)).get('container.memory.usage')?.dataPoints;
    expect(usage?.map(({ attributes }) => Object.keys(attributes))).toEqual([
      ['ciris.server.id', 'container.id'],
    ]);
  });

  it('P24: yields no point for what a row does not know, and none for rows of other entities', async () => {
    const ours = fleetMeter();
    registerObservables(ours, [entities[1] ?? expect.unreachable()], () => [
      containerRow('a'),
      serverRow({ values: { up: 0 } }),
    ]);
    expect([...(await collected(ours)).keys()]).toEqual(['ciris.server.info', 'ciris.server.up']);
  });

  it('yields no point for an integer that a double only comes near', async () => {
    const ours = fleetMeter();
    registerObservables(ours, entities, () => [
      containerRow('a', { values: { memoryUsage: 2n ** 53n + 1n } }),
      containerRow('b', { values: { memoryUsage: 2n ** 53n - 1n } }),
    ]);
    const { dataPoints = [] } = (await collected(ours)).get('container.memory.usage') ?? {};
    expect(dataPoints.map(({ value }) => value)).toEqual([9_007_199_254_740_991]);
  });

  it('has no info metric for an entity without info, and joins metrics of one name into one instrument', async () => {
    const { entity, gauge } = entityOf<{ readonly x: number }>();
    const side = (of: string) =>
      gauge({
        name: 'toy.size',
        with: { 'toy.side': of },
        unit: '',
        value: 'int',
        brief: 'Size.',
        read: (s) => s.x,
      });
    const toy = entity({
      name: 'toy',
      brief: 'Toy.',
      identity: { 'toy.id': { brief: 'Id.', read: () => 't' } },
      metrics: { left: side('left'), right: side('right') },
    });
    const ours = fleetMeter();
    registerObservables(ours, [toy], () => [
      {
        entity: 'toy',
        time,
        identity: { 'toy.id': 't' },
        info: {},
        values: { left: 1, right: 2n },
        states: {},
      },
    ]);
    const metrics = await collected(ours);
    expect([...metrics.keys()]).toEqual(['toy.size']);
    expect(
      metrics.get('toy.size')?.dataPoints.map(({ attributes, value }) => [attributes['toy.side'], value]),
    ).toEqual([
      ['left', 1],
      ['right', 2],
    ]);
  });

  it('stops when it is told to', async () => {
    const ours = fleetMeter();
    const unregister = registerObservables(ours, entities, () => [serverRow()]);
    expect((await collected(ours)).size).toBeGreaterThan(0);
    unregister();
    expect((await collected(ours)).size).toBe(0);
  });

  it('reuses the attribute objects of a thing from row to row', async () => {
    let rows = [containerRow('a'), containerRow('b')];
    const ours = fleetMeter();
    registerObservables(ours, entities, () => rows);
    const objects = async () =>
      [...(await collected(ours)).values()].flatMap(({ dataPoints }) =>
        dataPoints.map(({ attributes }) => attributes),
      );
    const before = await objects();
    rows = [containerRow('a'), containerRow('b')];
    const after = await objects();
    expect(after.every((attributes, index) => attributes === before[index])).toBe(true);
  });
});
