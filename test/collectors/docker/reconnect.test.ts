import { chmod, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import type { Logger } from '../../../src/runtime/logger.ts';
import { FakeEngine, type FakeRequest, type Handler, type Reaction } from './fake-engine.ts';
import {
  asNobody,
  type CollectorOptions,
  collectNow,
  containersOf,
  fleet,
  serverOf,
  startCollector,
} from './support.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function startEngine(handler: Handler): Promise<FakeEngine> {
  const engine = await FakeEngine.start(handler);
  open.push({ close: () => engine.stop() });
  return engine;
}

function watch(options: CollectorOptions, logger?: Logger): Collector {
  const collector = startCollector(options, logger);
  open.push(collector);
  return collector;
}

const spokenTo = (engine: FakeEngine): readonly (string | undefined)[] => [
  ...new Set(engine.requestsFor(/^\/(containers|info)/).map(({ apiVersion }) => apiVersion)),
];

describe('B09 the API version', () => {
  it.each([
    ['1.41', '1.12', '1.41'],
    ['1.52', '1.44', '1.52'],
    ['1.56', '1.40', '1.56'],
    ['1.60', '1.44', '1.56'],
    ['1.70', '1.60', '1.60'],
  ])('of an engine of %s, and no older than %s, is %s', async (apiVersion, minApiVersion, spoken) => {
    const engine = await startEngine(fleet({ size: 1, apiVersion, minApiVersion }));
    const collected = await collectNow(watch({ dockerHost: engine.host }));
    expect(collected.failure).toBeUndefined();
    expect(containersOf(collected)).toHaveLength(1);
    expect(spokenTo(engine)).toEqual([spoken]);
    expect(serverOf(collected)?.info['ciris.server.engine.api_version']).toBe(spoken);
  });

  it('is the one that is set, and what the engine says to it is passed on', async () => {
    const engine = await startEngine(fleet({ size: 1, apiVersion: '1.52', minApiVersion: '1.44' }));
    const { failure, rows } = await collectNow(watch({ dockerHost: engine.host, dockerApiVersion: '1.24' }));
    expect(spokenTo(engine)).toEqual(['1.24']);
    expect(rows[0]?.info['error.type']).toBe('protocol');
    expect(failure?.message).toContain('by API 1.24');
    expect(failure?.message).toContain(
      'client version 1.24 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version',
    );
  });

  it('is agreed anew when the engine was upgraded, within the same collection', async () => {
    const engine = await startEngine(fleet({ size: 1, version: '24.0.9', apiVersion: '1.43' }));
    const collector = watch({ dockerHost: engine.host });
    await collectNow(collector);
    engine.handler = fleet({ size: 1, version: '29.0.0', apiVersion: '1.52', minApiVersion: '1.44' });
    const collected = await collectNow(collector);
    expect(collected.failure).toBeUndefined();
    expect(serverOf(collected)?.info).toMatchObject({
      'ciris.server.engine.version': '29.0.0',
      'ciris.server.engine.api_version': '1.52',
    });
    expect(containersOf(collected)[0]?.values.memoryUsage).toBe(6e8);
  });

  it('is agreed anew when another engine answers the old version as well', async () => {
    const engine = await startEngine(fleet({ size: 1, version: '24.0.9', apiVersion: '1.43' }));
    const collector = watch({ dockerHost: engine.host });
    await collectNow(collector);
    engine.handler = fleet({ size: 1, version: 'library-import', apiVersion: '1.56' });
    const collected = await collectNow(collector);
    expect(serverOf(collected)?.info).toMatchObject({
      'ciris.server.engine.version': 'library-import',
      'ciris.server.engine.api_version': '1.56',
    });
  });
});

describe('what the engine says of itself', () => {
  it('is asked for anew when only its API version shows through a proxy', async () => {
    const behind = (version: string, apiVersion: string): Handler => {
      const answers = fleet({ size: 1, version, apiVersion });
      return async (request) => {
        const reaction = await answers(request);
        if (typeof reaction === 'string') return reaction;
        return { ...reaction, headers: { Server: 'nginx', 'Api-Version': apiVersion } };
      };
    };
    const engine = await startEngine(behind('27.5.1', '1.47'));
    const collector = watch({ dockerHost: engine.host });
    await collectNow(collector);
    await collectNow(collector);
    expect(engine.requestsFor(/^\/version$/)).toHaveLength(1);
    engine.handler = behind('28.0.0', '1.48');
    expect(serverOf(await collectNow(collector))?.info['ciris.server.engine.version']).toBe('28.0.0');
  });
});

describe('an engine that may not be asked for its version', () => {
  const denied = { status: 403, body: 'Forbidden' };
  const behindProxy = (ping: Reaction, status = 403): Handler => {
    const answers = fleet({ size: 1, version: '28.0.0', apiVersion: '1.48' });
    return async (request) => {
      if (request.path === '/version') return { ...denied, status };
      if (request.path === '/_ping') return ping;
      const reaction = await answers(request);
      if (typeof reaction === 'string') return reaction;
      return { ...reaction, headers: { ...reaction.headers, 'Api-Version': '1.48' } };
    };
  };
  const headers = { Server: 'Docker/28.0.0 (linux)', 'Api-Version': '1.48' };

  it.each([401, 403, 404, 405])('is known by the headers of a sign of life: HTTP %d', async (status) => {
    const engine = await startEngine(behindProxy({ headers, body: 'OK' }, status));
    const collector = watch({ dockerHost: engine.host });
    await collectNow(collector);
    const collected = await collectNow(collector);
    expect(serverOf(collected)?.info).toMatchObject({
      'ciris.server.engine.name': 'docker',
      'ciris.server.engine.version': '28.0.0',
      'ciris.server.engine.api_version': '1.48',
    });
    expect(containersOf(collected)[0]?.values.memoryUsage).toBe(6e8);
    expect(spokenTo(engine)).toEqual(['1.48']);
    expect(engine.requestsFor(/^\/_ping$/)).toHaveLength(1);
  });

  it('is Podman where they say so', async () => {
    const podman = { Server: 'Libpod/5.6.0 (linux)', 'Api-Version': '1.41' };
    const engine = await startEngine(behindProxy({ headers: podman, body: 'OK' }));
    expect(serverOf(await collectNow(watch({ dockerHost: engine.host })))?.info).toMatchObject({
      'ciris.server.engine.name': 'podman',
      'ciris.server.engine.version': '5.6.0',
    });
  });

  it('is down where that is forbidden too', async () => {
    const engine = await startEngine(behindProxy(denied));
    const { failure } = await collectNow(watch({ dockerHost: engine.host }));
    expect(failure).toMatchObject({
      type: 'permission_denied',
      message: expect.stringContaining('for its version was answered with HTTP 403'),
    });
  });
});

describe('what the engine says of its host', () => {
  const hostAnswers = (reaction: () => Reaction) => {
    const answers = fleet({ size: 1 });
    return (request: FakeRequest) => (request.path === '/info' ? reaction() : answers(request));
  };

  it.each<[string, Reaction]>([
    ['never comes', 'hang'],
    ['is cut off', 'reset'],
    ['is an error', { status: 500, body: { message: 'no' } }],
  ])('is not waited for where it %s, and is asked for again', async (_, reaction) => {
    const engine = await startEngine(hostAnswers(() => reaction));
    const collector = watch({ dockerHost: engine.host });
    const without = await collectNow(collector, 3000);
    expect(without.failure).toBeUndefined();
    expect(serverOf(without)).toMatchObject({ values: { up: 1, containersRunning: 1 } });
    expect(serverOf(without)?.info).not.toHaveProperty('host.name');
    expect(containersOf(without)[0]?.values.memoryUsage).toBe(6e8);

    engine.handler = fleet({ size: 1 });
    expect(serverOf(await collectNow(collector))?.info['host.name']).toBe('host-a');
    await collectNow(collector);
    expect(engine.requestsFor(/^\/info$/)).toHaveLength(2);
  });

  it('is not asked for again where it is forbidden', async () => {
    const engine = await startEngine(hostAnswers(() => ({ status: 403, body: '' })));
    const collector = watch({ dockerHost: engine.host });
    await collectNow(collector);
    const collected = await collectNow(collector);
    expect(collected).toMatchObject({ problems: [] });
    expect(serverOf(collected)?.values.up).toBe(1);
    expect(engine.requestsFor(/^\/info$/)).toHaveLength(1);
  });
});

describe('B61 an engine that is away', () => {
  it('is down with a reason, and up again at the next collection when it is back', async () => {
    const engine = await startEngine(fleet({ size: 2 }));
    const collector = watch({ dockerHost: engine.host });
    expect(serverOf(await collectNow(collector))?.values.up).toBe(1);

    await engine.halt();
    const away = await collectNow(collector);
    expect(away.rows).toHaveLength(1);
    expect(serverOf(away)).toMatchObject({ values: { up: 0 }, info: { 'error.type': 'not_found' } });
    expect(away.failure?.message).toContain('start the engine, mount its socket here, or set DOCKER_HOST');

    await engine.listen();
    const back = await collectNow(collector);
    expect(back.failure).toBeUndefined();
    expect(containersOf(back)).toHaveLength(2);
    // Anything may have happened meanwhile.
    expect(engine.requestsFor(/^\/containers\/[^/]+\/json$/)).toHaveLength(4);
    expect(containersOf(back)[0]?.values.cpuUsage).toBeUndefined();
  });

  it('costs nothing when it was only restarted between two collections', async () => {
    const engine = await startEngine(fleet({ size: 2 }));
    const collector = watch({ dockerHost: engine.host });
    await collectNow(collector);
    await engine.halt();
    await engine.listen();
    const collected = await collectNow(collector);
    expect(collected.failure).toBeUndefined();
    expect(containersOf(collected)).toHaveLength(2);
  });

  it('refuses connections: DOCKER_HOST is named', async () => {
    const free = createServer();
    const port = await new Promise<number>((resolve) =>
      free.listen(0, '127.0.0.1', () => {
        const address = free.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      }),
    );
    await new Promise((resolve) => free.close(resolve));
    const { failure } = await collectNow(watch({ dockerHost: `tcp://127.0.0.1:${port}` }));
    expect(failure).toMatchObject({
      type: 'connection_refused',
      message: expect.stringContaining(`http://127.0.0.1:${port}`),
    });
  });

  it('has left its socket behind, as one that was restarted does in a mount: what to do is said', async () => {
    const engine = await startEngine(fleet({ size: 1 }));
    const aside = `${engine.socketPath}.old`;
    await rename(engine.socketPath, aside);
    await engine.halt();
    await rename(aside, engine.socketPath);
    const { failure } = await collectNow(watch({ dockerHost: engine.host }));
    expect(failure).toMatchObject({
      type: 'connection_refused',
      message: expect.stringMatching(/was restarted since, restart this container too, or mount the folder/),
    });
  });

  it('B08 permission denied: who may open the socket, and how to become one of them; nothing is logged each time', async () => {
    const engine = await startEngine(fleet({ size: 1 }));
    const lines: string[] = [];
    const note = (message: string): void => void lines.push(message);
    const collector = watch(
      { dockerHost: engine.host },
      { error: note, warn: note, info: note, debug: note },
    );
    await chmod(dirname(engine.socketPath), 0o755);
    await chmod(engine.socketPath, 0o000);
    const denied = await asNobody(async () => {
      await collectNow(collector);
      return collectNow(collector);
    });
    expect(serverOf(denied)).toMatchObject({
      values: { up: 0 },
      info: { 'error.type': 'permission_denied' },
    });
    expect(denied.failure?.message).toMatch(
      /belongs to user \d+ and group (\d+), mode 0000: .* --group-add \1$/,
    );
    expect(lines).toEqual(['watching a container engine']);

    await chmod(engine.socketPath, 0o666);
    expect(serverOf(await collectNow(collector))?.values.up).toBe(1);
  });
});
