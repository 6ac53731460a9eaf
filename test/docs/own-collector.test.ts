import { describe, expect, it } from 'vitest';
import { queueCollector } from '../../docs/examples/own-collector.ts';
import { type Collector, createTelemetry, entityOf } from '../../src/index.ts';
import { nextSnapshot } from '../app/support.ts';

const { entity, gauge } = entityOf<{ readonly id: string }>();
const identity = { 'example.id': { brief: 'Which.', read: ({ id }: { id: string }) => id } };

function collectorOf(metricName: string): Collector {
  const figure = gauge({ name: metricName, unit: 's', value: 'int', brief: 'A figure.', read: () => 1 });
  const own = entity({ name: 'own', brief: 'Something.', identity, metrics: { figure } });
  return {
    name: 'own',
    entities: [own],
    collect: async () => ({ rows: [], problems: [] }),
    close: async () => {},
  };
}

const telemetryOf = (collectors: readonly Collector[]) =>
  createTelemetry({ docker: { dockerHost: 'unix:///nowhere/docker.sock' }, interval: 1, collectors });

describe('a collector of a host', () => {
  it('is shown like any other, and has its own self-metrics', async () => {
    const lengths = async () => new Map([['in', 3]]);
    await using telemetry = telemetryOf([queueCollector(lengths)]);
    const { rows, outcomes } = await nextSnapshot(telemetry.snapshots);
    expect(rows.find((row) => row.entity === 'queue')).toMatchObject({ values: { waiting: 3 } });
    expect(outcomes.find(({ collector }) => collector === 'queues')).toMatchObject({ ok: true, rows: 1 });
    const { body } = await telemetry.renderMetrics({});
    expect(body).toMatch(/^example_queue_waiting\{example_queue_name="in".*\} 3$/m);
    expect(body).toMatch(/^ciris_telemetry_collector_up\{.*ciris_collector="queues".*\} 1$/m);
  });

  it('that fails costs only its own rows', async () => {
    const lengths = () => Promise.reject(new Error('the queue is gone'));
    await using telemetry = telemetryOf([queueCollector(lengths)]);
    const { rows, outcomes } = await nextSnapshot(telemetry.snapshots);
    expect(outcomes.find(({ collector }) => collector === 'queues')).toMatchObject({ ok: false });
    expect(rows.map((row) => row.entity)).toContain('server');
  });

  it.each([
    ['a name that another metric has', 'container.uptime'],
    ['a name with its unit in it', 'example.queue.seconds'],
    ['a name of one word', 'waiting'],
  ])('is refused for %s', (_what, name) => {
    expect(() => telemetryOf([collectorOf(name)])).toThrow(
      expect.objectContaining({ code: 'setting_invalid' }),
    );
  });
});
