import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ValueType } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collected, fleetMeter } from '../support/meter.ts';
import { recordingLogger } from '../support/recording-logger.ts';

describe('the fleet meter', () => {
  it('runs callbacks of single instruments, and of each only once', async () => {
    const meter = fleetMeter();
    const gauge = meter.createObservableGauge('g');
    let runs = 0;
    const callback = (result: Parameters<Parameters<typeof gauge.addCallback>[0]>[0]) => {
      runs += 1;
      result.observe(1.5, { a: 1 });
    };
    gauge.addCallback(callback);
    gauge.addCallback(callback);
    expect((await collected(meter)).get('g')?.dataPoints).toMatchObject([
      { value: 1.5, attributes: { a: 1 } },
    ]);
    expect(runs).toBe(1);
    gauge.removeCallback(callback);
    expect((await collected(meter)).size).toBe(0);
  });

  it('lets the last observation of a set win, in whatever order its keys come', async () => {
    const meter = fleetMeter();
    const gauge = meter.createObservableGauge('g');
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(gauge, 1, { a: 1, b: 2 });
        result.observe(gauge, 2, { b: 2 });
        result.observe(gauge, 3, { b: 2, a: 1 });
      },
      [gauge],
    );
    for (let collection = 0; collection < 3; collection += 1) {
      expect((await collected(meter)).get('g')?.dataPoints.map(({ value }) => value)).toEqual([3, 2]);
    }
  });

  it('notices a repetition of an object that was unique in the collection before', async () => {
    const meter = fleetMeter();
    const gauge = meter.createObservableGauge('g');
    const sets = ['x', 'y', 'z'].map((id) => Object.freeze({ id }));
    let order = [0, 1, 2];
    meter.addBatchObservableCallback(
      (result) => {
        for (const [value, index] of order.entries()) result.observe(gauge, value, sets[index]);
      },
      [gauge],
    );
    const seen = async () =>
      (await collected(meter))
        .get('g')
        ?.dataPoints.map(({ attributes, value }) => `${attributes.id}${value}`);
    expect(await seen()).toEqual(['x0', 'y1', 'z2']);
    order = [0, 1, 0, 2, 1];
    expect(await seen()).toEqual(['x2', 'y4', 'z3']);
  });

  it('copies attributes that a callback may change afterwards', async () => {
    const meter = fleetMeter();
    const gauge = meter.createObservableGauge('g');
    meter.addBatchObservableCallback(
      (result) => {
        const reused = { id: 'a' };
        result.observe(gauge, 1, reused);
        reused.id = 'b';
        result.observe(gauge, 2, reused);
      },
      [gauge],
    );
    expect((await collected(meter)).get('g')?.dataPoints.map(({ attributes }) => attributes.id)).toEqual([
      'a',
      'b',
    ]);
  });

  it('drops what is observed of instruments that a batch callback was not registered for', async () => {
    const meter = fleetMeter();
    const [mine, other] = [meter.createObservableGauge('mine'), meter.createObservableGauge('other')];
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(mine, 1);
        result.observe(other, 1);
      },
      [mine],
    );
    expect([...(await collected(meter)).keys()]).toEqual(['mine']);
  });

  it('takes no fraction for an integer instrument, and no number that stands for several', async () => {
    const meter = fleetMeter();
    const whole = meter.createObservableGauge('whole', { valueType: ValueType.INT });
    whole.addCallback((result) => {
      result.observe(1.5, { id: 'a' });
      result.observe(2, { id: 'b' });
      for (const value of [2 ** 53, 2 ** 63, 1e300]) result.observe(value, { id: String(value) });
      result.observe(2 ** 53 - 1, { id: 'c' });
    });
    expect((await collected(meter)).get('whole')?.dataPoints.map(({ value }) => value)).toEqual([
      2, 9_007_199_254_740_991,
    ]);
  });

  it('P31: leaves out what is beyond the limit, counts it, and says so once per change', async () => {
    const logger = recordingLogger();
    const meter = fleetMeter({ seriesLimit: 2, logger });
    const gauge = meter.createObservableGauge('g');
    let ids = ['a', 'b', 'c', 'd'];
    meter.addBatchObservableCallback(
      (result) => {
        for (const id of ids) result.observe(gauge, 1, Object.freeze({ id }));
      },
      [gauge],
    );
    const seen = async () =>
      (await collected(meter)).get('g')?.dataPoints.map(({ attributes }) => attributes);
    expect(await seen()).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(await seen()).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(meter.droppedSeries()).toBe(4);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: g has more live series than the limit of 2: .*raise/),
    ]);
    ids = ['d'];
    expect(await seen()).toEqual([{ id: 'd' }]);
    expect(meter.droppedSeries()).toBe(4);
    expect(logger.lines[1]).toBe('info: all series of g are exported again');
  });

  it('P31: takes a callback that fails for no sign that there is room again', async () => {
    const logger = recordingLogger();
    const meter = fleetMeter({ seriesLimit: 1, logger });
    let failing = false;
    meter.createObservableGauge('g').addCallback((result) => {
      if (failing) throw new Error('no luck');
      for (const id of ['a', 'b']) result.observe(1, { id });
    });
    for (failing of [false, true, false]) await meter.collect();
    expect(logger.lines).toHaveLength(1);
    expect(meter.droppedSeries()).toBe(2);
  });

  it('returns the error of a failing callback beside the points of the others, and none of its own', async () => {
    const meter = fleetMeter();
    const [good, bad, worse] = ['good', 'bad', 'worse'].map((name) => meter.createObservableGauge(name));
    good?.addCallback((result) => result.observe(1));
    bad?.addCallback((result) => {
      result.observe(1);
      throw new Error('bad callback');
    });
    worse?.addCallback(() => Promise.reject(new Error('worse callback')));
    const { resourceMetrics, errors } = await meter.collect();
    expect(
      resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.map((m) => m.descriptor.name)),
    ).toEqual(['good']);
    expect(errors).toEqual([new Error('bad callback'), new Error('worse callback')]);
  });

  it('waits for asynchronous callbacks, but not longer than the collection may take', async () => {
    const meter = fleetMeter();
    const [slow, stuck] = [meter.createObservableGauge('slow'), meter.createObservableGauge('stuck')];
    slow.addCallback(async (result) => {
      await Promise.resolve();
      result.observe(1);
    });
    stuck.addCallback(() => new Promise(() => {}));
    const { resourceMetrics, errors } = await meter.collect({ timeoutMillis: 20 });
    expect(resourceMetrics.scopeMetrics[0]?.metrics.map((m) => m.descriptor.name)).toEqual(['slow']);
    expect(errors).toMatchObject([{ code: 'timeout' }]);
  });

  it('merges the points of several callbacks for one instrument', async () => {
    const meter = fleetMeter({ seriesLimit: 3 });
    const gauge = meter.createObservableGauge('g');
    gauge.addCallback((result) => {
      result.observe(1, { id: 'a' });
      result.observe(1, { id: 'b' });
    });
    meter.addBatchObservableCallback(
      (result) => {
        for (const id of ['b', 'c', 'd']) result.observe(gauge, 2, { id });
      },
      [gauge],
    );
    const points = (await collected(meter)).get('g')?.dataPoints ?? [];
    expect(points.map(({ attributes, value }) => `${attributes.id}${value}`)).toEqual(['a1', 'b2', 'c2']);
    expect(meter.droppedSeries()).toBe(1);
  });

  it('gives the same instrument twice for the same definition, and warns with a recipe where two differ', async () => {
    const logger = recordingLogger();
    const meter = fleetMeter({ logger });
    const first = meter.createObservableCounter('x.y', { unit: 's', description: 'Short.' });
    expect(meter.createObservableCounter('x.Y', { unit: 's', description: 'Rather longer.' })).toBe(first);
    const second = meter.createObservableGauge('x.y', { unit: 'ms' });
    expect(second).not.toBe(first);
    expect(logger.lines).toEqual([
      'warn: instrument x.Y was created twice with different descriptions: the longer one is used',
      expect.stringMatching(
        /x\.y was created twice and differs in kind \(counter, gauge\), unit \(s, ms\): .*another name$/,
      ),
    ]);
    for (const instrument of [first, second]) instrument.addCallback((result) => result.observe(1));
    const { resourceMetrics } = await meter.collect();
    expect(resourceMetrics.scopeMetrics[0]?.metrics.map((m) => m.descriptor.description)).toEqual([
      'Rather longer.',
      '',
    ]);
  });

  it('warns of a name that OpenTelemetry does not allow', () => {
    const logger = recordingLogger();
    fleetMeter({ logger }).createObservableGauge('1st');
    expect(logger.lines).toEqual([expect.stringContaining('"1st" is not valid')]);
  });

  it('refuses synchronous instruments rather than losing what they record', () => {
    const meter = fleetMeter();
    const creations = [
      () => meter.createCounter('h'),
      () => meter.createUpDownCounter('h'),
      () => meter.createGauge('h'),
      () => meter.createHistogram('h'),
    ];
    for (const create of creations)
      expect(create).toThrow(/h failed: .* use a meter of the OpenTelemetry SDK/);
  });

  it('B67: memory stays flat over 10 000 collections by one reader while another never reads', async () => {
    const script = fileURLToPath(new URL('../support/heap-growth.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script]);
    const [before = 0, after = 0] = z.array(z.number()).parse(JSON.parse(stdout));
    expect(after).toBeLessThan(before * 1.1);
  }, 180_000);
});
