import { type DataPoint, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createTelemetry } from '../../src/index.ts';
import { FakeEngine } from '../collectors/docker/fake-engine.ts';
import { fleet } from '../collectors/docker/support.ts';
import { nextSnapshot } from './support.ts';

let engine: FakeEngine;
beforeAll(async () => {
  engine = await FakeEngine.start(fleet({ size: 2 }));
});
afterAll(() => engine.stop());

class HostReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

const telemetryOf = () =>
  createTelemetry({ docker: { dockerHost: engine.host }, interval: 1, instance: 'host' });

async function pointsOf(reader: MetricReader, name: string): Promise<readonly DataPoint<unknown>[]> {
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => [...dataPoints]);
}

describe('the library in a host', () => {
  it("shows the fleet on the host's own meter, until it is taken off again", async () => {
    await using telemetry = telemetryOf();
    await nextSnapshot(telemetry.snapshots);
    const reader = new HostReader();
    const provider = new MeterProvider({ readers: [reader] });
    const leave = telemetry.observe(provider.getMeter('host'));
    expect(await pointsOf(reader, 'container.memory.usage')).toHaveLength(2);
    leave();
    await provider.shutdown();
  });

  it("is a producer for the host's own readers", async () => {
    await using telemetry = telemetryOf();
    await nextSnapshot(telemetry.snapshots);
    const reader = new HostReader({ metricProducers: [telemetry.metricProducer] });
    const provider = new MeterProvider({ readers: [reader] });
    const points = await pointsOf(reader, 'container.memory.working_set');
    expect(points.map(({ value }) => value)).toEqual([400_000_000, 400_000_000]);
    await provider.shutdown();
  });

  it("answers scrapes for a route of the host's own server", async () => {
    await using telemetry = telemetryOf();
    await nextSnapshot(telemetry.snapshots);
    const { status, body } = await telemetry.renderMetrics({});
    expect(status).toBe(200);
    expect(body).toMatch(/^ciris_server_up\{ciris_server_id="main".*\} 1$/m);
  });

  it('stops twice, and shows nothing afterwards', async () => {
    const telemetry = telemetryOf();
    const reader = new HostReader({ metricProducers: [telemetry.metricProducer] });
    const provider = new MeterProvider({ readers: [reader] });
    await nextSnapshot(telemetry.snapshots);
    expect(await pointsOf(reader, 'ciris.server.up')).toHaveLength(1);
    await telemetry.stop();
    await telemetry.stop();
    expect((await telemetry.renderMetrics({})).status).toBe(503);
    expect(await pointsOf(reader, 'ciris.server.up')).toEqual([]);
    await provider.shutdown();
  });

  it('looks for no file of CIRISManager that the host has not named', async () => {
    const said: unknown[] = [];
    const say = (...line: readonly unknown[]) => void said.push(line);
    const logger = { error: say, warn: say, info: say, debug: say };
    const sources = { registry: async () => ({ agents: {} }), deployments: async () => [] };
    await using telemetry = createTelemetry({ docker: { dockerHost: engine.host }, sources, logger });
    await nextSnapshot(telemetry.snapshots);
    expect(said).toContainEqual(['watching deployments', { host_deployments: 'given by the host' }]);
    expect(JSON.stringify(said)).not.toMatch(/ciris-manager|\/opt\/ciris/);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no log');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no log'))],
  ])('goes on whole where the logger of the host %s', async (_, say) => {
    const rejected: unknown[] = [];
    const note = (reason: unknown) => void rejected.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const logger = { error: say, warn: say, info: say, debug: say };
    const docker = { dockerHost: 'unix:///nowhere/docker.sock' };
    await using telemetry = createTelemetry({ docker, interval: 1, logger });
    await nextSnapshot(telemetry.snapshots);
    await nextSnapshot(telemetry.snapshots);
    expect((await telemetry.renderMetrics({})).body).toMatch(/^ciris_server_up\{.*\} 0$/m);
    expect(rejected).toEqual([]);
  });

  it('says what to do in the words of its options', async () => {
    await using telemetry = createTelemetry({ docker: { dockerHost: 'unix:///nowhere/docker.sock' } });
    const { outcomes } = await nextSnapshot(telemetry.snapshots);
    const { message } = outcomes.find(({ collector }) => collector === 'docker') ?? {};
    expect(message).toContain('or set option docker.dockerHost to where it listens');
    expect(message).not.toContain('DOCKER_HOST');
  });

  it.each([{ interval: 0 }, { maxSeries: 0 }, { collectTimeout: -1 }, { docker: { dockerHost: 'ftp://x' } }])(
    'refuses %o in words',
    (options) => {
      expect(() => createTelemetry(options)).toThrow(expect.objectContaining({ code: 'setting_invalid' }));
    },
  );
});
