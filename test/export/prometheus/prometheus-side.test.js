import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { emptyResource } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import { registerObservables } from '../../../src/export/observe.js';
import { containerRow, entities, serverRow } from '../support/fleet.js';
import { fleetMeter, scope } from '../support/meter.js';
import { bodyOf, gauge, histogram, point, producerOf, sideOf, sum } from '../support/metrics.js';
import { recordingLogger } from '../support/recording-logger.js';

/** Samples by name and label set, whatever the order of either. */
function samplesOf(exposition) {
  const samples = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return samples
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^([^{ ]+)(?:\{(.*)\})? (.*)$/.exec(line) ?? [];
      return `${name} ${
        labels
          .match(/\w+="[^"]*"/g)
          ?.sort()
          .join() ?? ''
      } ${value}`;
    })
    .sort();
}
describe('the Prometheus side', () => {
  it("agrees with the SDK's serializer where that one names metrics well", async () => {
    const metrics = [
      sum('requests', [point(1, { 'k.v': 'x' }), point(2.5, { 'k.v': 'y' })]),
      gauge('temperature', [point(-3, { room: 'a' }), point(Number.NaN)]),
      sum('open', [point(7)], { monotonic: false }),
      histogram('latency', { boundaries: [0.1, 1], counts: [1, 2, 3], count: 6, sum: 9.5 }, { path: '/' }),
    ];
    const theirs = new PrometheusSerializer().serialize({
      resource: emptyResource(),
      scopeMetrics: [{ scope, metrics }],
    });
    const ours = await bodyOf(sideOf([producerOf({ scope, metrics })], { scopeInfoEnabled: true }));
    expect(samplesOf(ours)).toEqual(samplesOf(theirs).filter((sample) => !sample.startsWith('target_info')));
  });
  it('shows a fleet under the names that the Collector would give it', async () => {
    const meter = fleetMeter();
    registerObservables(meter, entities, () => [containerRow('abc'), serverRow()]);
    const samples = samplesOf(await bodyOf(sideOf([meter])));
    const identity = 'ciris_server_id="host-a",container_id="abc"';
    const labelled = (more = '') => [...identity.split(','), ...(more === '' ? [] : [more])].sort().join();
    expect(samples).toEqual(
      expect.arrayContaining([
        `container_cpu_time_seconds_total ${labelled('cpu_mode="user"')} 30.25`,
        `container_memory_working_set_bytes ${labelled()} 400000000`,
        `container_network_io_bytes_total ${labelled('network_io_direction="receive"')} 1000`,
        `ciris_container_state ${labelled('ciris_container_state="running"')} 1`,
        `ciris_container_state ${labelled('ciris_container_state="exited"')} 0`,
        'ciris_server_up ciris_server_id="host-a" 1',
      ]),
    );
  });
  it('B13: shows what there is when one callback fails, and says what is missing once', async () => {
    const logger = recordingLogger();
    const meter = fleetMeter();
    meter.createObservableGauge('good').addCallback((result) => result.observe(1));
    let failing = true;
    meter.createObservableGauge('bad').addCallback((result) => {
      if (failing) throw new Error('no luck');
      result.observe(2);
    });
    const side = sideOf([meter], { logger });
    expect(await bodyOf(side)).toBe('# TYPE good gauge\ngood 1\n');
    await side.render({});
    failing = false;
    expect(await bodyOf(side)).toContain('bad 2');
    expect(logger.lines).toEqual([
      'warn: metrics are missing from the Prometheus exposition: no luck',
      'info: no metrics are missing from the Prometheus exposition any more',
    ]);
  });
  it('B13: answers 500 when it cannot render, without saying why to the outside', async () => {
    const logger = recordingLogger();
    const broken = { collect: () => Promise.reject(new Error('secret detail')) };
    const answer = await sideOf([broken], { logger }).render({ acceptEncoding: 'gzip' });
    expect(answer).toEqual({
      status: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'rendering metrics failed; the log of the exporter says why\n',
    });
    expect(logger.lines).toEqual(['warn: rendering metrics for Prometheus failed: secret detail']);
  });
  it('B12: a producer that never answers costs a scrape 500, not its connection', async () => {
    const hanging = { collect: () => new Promise(() => {}) };
    const logger = recordingLogger();
    const { status } = await sideOf([hanging], { logger, collectTimeoutMs: 10 }).render({});
    expect(status).toBe(500);
    expect(logger.lines[0]).toContain('collecting metrics did not end within');
  });
  it('answers 503 once it is shut down, however often', async () => {
    const side = sideOf([producerOf({ scope, metrics: [gauge('a', [point(1)])] })]);
    expect((await side.render({})).status).toBe(200);
    await side.shutdown();
    await side.shutdown();
    expect((await side.render({})).status).toBe(503);
  });
});
