import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { startExporterProcess } from './support/exporter.ts';
import { freePort } from './support/port.ts';
import { healthy } from './support/workloads.ts';

const releasers = new Releasers();
let engine: Engine;

beforeAll(async () => {
  engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  await engine.run(healthy);
});
afterAll(() => releasers.close());

describe('B24: SIGTERM while nobody takes snapshots', () => {
  let blackHole: Server;
  let blackHoleUrl: string;
  beforeAll(async () => {
    blackHole = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const address = blackHole.address();
    blackHoleUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    releasers.add('black hole', async () => {
      blackHole.close();
    });
  });

  it.each(['refuses', 'never answers'])(
    'ends well in time when the endpoint %s, and keeps them',
    async (how) => {
      const endpoint = how === 'refuses' ? `http://127.0.0.1:${await freePort()}` : blackHoleUrl;
      await using exporter = await startExporterProcess({
        dockerHost: engine.host,
        args: ['--otlp-endpoint', endpoint],
      });
      await eventually('three wait', async () => ((await exporter.spooled()) >= 3 ? true : undefined));
      const begun = performance.now();
      expect(await exporter.halt()).toEqual({ code: 0, signal: null });
      // What is under way would be waited for ten seconds. A busy machine takes its time to end what has stopped within five.
      expect(performance.now() - begun).toBeLessThan(9000);
      expect(await exporter.spooled()).toBeGreaterThanOrEqual(3);
      expect(exporter.output()).toMatch(/stopped with snapshots not yet delivered to .*: \d+;/);
    },
  );
});
