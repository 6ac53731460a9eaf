import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { demoAgents } from '../../src/demo/cast.ts';
import { startContainers } from '../../src/demo/containers.ts';
import { testFolder } from '../app/support.ts';

interface Engine {
  readonly images: readonly string[];
  readonly containers?: readonly string[];
  /** Fails to start this one. */
  readonly broken?: string;
}

/** Answers as an engine does, and keeps what it was asked to do. */
async function engineWith({ images, containers = [], broken }: Engine) {
  const folder = await testFolder();
  const socketPath = join(folder.path, 'engine.sock');
  const living = new Map<string, unknown>();
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const [, id] = /^\/containers\/([^/?]+)/.exec(url) ?? [];
    if (url === '/images/json') response.end(JSON.stringify([{ RepoTags: images }, { RepoTags: null }]));
    else if (url === '/containers/json?all=true') {
      response.end(JSON.stringify(containers.map((name) => ({ Names: [`/${name}`] }))));
    } else if (method === 'POST' && id === 'create') {
      const name = new URL(url, 'http://engine').searchParams.get('name') ?? '';
      living.set(name, await json(request));
      response.writeHead(201).end(JSON.stringify({ Id: name, Warnings: [] }));
    } else if (method === 'DELETE' && id !== undefined) {
      living.delete(id);
      response.writeHead(204).end();
    } else response.writeHead(id === broken ? 500 : 204).end();
  });
  await once(server.listen(socketPath), 'listening');
  return {
    socketPath,
    living,
    async [Symbol.asyncDispose](): Promise<void> {
      server.close();
      server.closeAllConnections();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const started = z.object({ Image: z.string(), Env: z.array(z.string()) });
const startOn = (socketPath: string) => startContainers(demoAgents, { socketPath, serverId: 'main' });

describe('containers of the demo', () => {
  it('are started for the agents of the server that run, and removed', async () => {
    await using engine = await engineWith({ images: ['postgres:18', 'busybox:1.37'] });
    const containers = await startOn(engine.socketPath);
    expect(containers).toMatchObject({ started: 7 });
    expect(containers.reason).toBeUndefined();
    expect([...engine.living.keys()].sort()).toEqual([
      'ciris-aurora-k4m2p7',
      'ciris-basil-r8t3w6',
      'ciris-cedar',
      'ciris-dune-h5j9n2',
      'ciris-fjord-b6d3f9',
      'ciris-grove-m2q8s5',
      'ciris-iris-p3t7y6',
    ]);
    expect(started.parse(engine.living.get('ciris-cedar'))).toEqual({
      Image: 'busybox:1.37',
      Env: ['CIRIS_AGENT_ID=cedar', 'CIRIS_TEMPLATE=scout', 'AGENT_OCCURRENCE_ID=001'],
    });
    await containers.remove();
    expect(engine.living.size).toBe(0);
  });

  it.each([
    ['no small image is there', { images: ['postgres:18'] }, 'neither busybox nor alpine'],
    ['a fleet is there', { images: ['alpine:3'], containers: ['web', 'ciris-sage'] }, 'a fleet seems to run'],
    ['one cannot be started', { images: ['alpine:3'], broken: 'ciris-cedar' }, 'status 500'],
  ])('are none where %s', async (_what, state, reason) => {
    await using engine = await engineWith(state);
    const containers = await startOn(engine.socketPath);
    expect(containers.started).toBe(0);
    expect(containers.reason).toContain(reason);
    expect(engine.living.size).toBe(0);
  });

  it('are none where there is no engine', async () => {
    await using folder = await testFolder();
    const { started: count, reason } = await startOn(join(folder.path, 'nothing.sock'));
    expect(count).toBe(0);
    expect(reason).toContain('ENOENT');
  });
});
