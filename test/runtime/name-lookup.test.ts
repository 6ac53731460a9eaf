import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { NameLookup } from '../../src/runtime/name-lookup.ts';

const loopback: LookupAddress = { address: '127.0.0.1', family: 4 };

/** A name server that answers when it is told to, and a clock that goes only then. */
class NameServer {
  readonly asked: string[] = [];
  readonly #open = new Map<string, PromiseWithResolvers<readonly LookupAddress[]>>();
  #now = 0;

  readonly names = new NameLookup(
    (host) => {
      this.asked.push(host);
      const pending = Promise.withResolvers<readonly LookupAddress[]>();
      this.#open.set(host, pending);
      return pending.promise;
    },
    { monotonic: () => this.#now },
  );

  async answer(host: string, { afterMs = 5 } = {}): Promise<void> {
    this.#now += afterMs;
    this.#open.get(host)?.resolve([loopback]);
    await turn();
  }

  async fail(host: string, { afterMs }: { readonly afterMs: number }): Promise<void> {
    this.#now += afterMs;
    this.#open.get(host)?.reject(Object.assign(new Error('no answer'), { code: 'EAI_AGAIN' }));
    await turn();
  }
}

test('looks a name up but once at a time', async () => {
  const server = new NameServer();
  const both = [server.names.find('a'), server.names.find('a')];
  await server.answer('a');
  expect(await Promise.all(both)).toEqual([[loopback], [loopback]]);
  void server.names.find('a');
  expect(server.asked).toEqual(['a', 'a']);
});

test('names whose server is silent keep no other name waiting, from their second time on', async () => {
  const server = new NameServer();
  const dead = ['dead1', 'dead2', 'dead3', 'dead4', 'dead5'];
  const first = dead.map((host) => server.names.find(host).catch(() => 'unknown'));
  for (const host of dead) await server.fail(host, { afterMs: 10_000 });
  expect(await Promise.all(first)).toEqual(dead.map(() => 'unknown'));

  server.asked.length = 0;
  for (const host of dead) server.names.find(host).catch(() => {});
  const found = server.names.find('alive');
  expect(server.asked).toEqual(['dead1', 'alive']);
  await server.answer('alive');
  expect(await found).toEqual([loopback]);

  for (const host of dead) await server.fail(host, { afterMs: 10_000 });
  expect(server.asked).toEqual(['dead1', 'alive', 'dead2', 'dead3', 'dead4', 'dead5']);
});

test('a name whose server answers again waits for no other', async () => {
  const server = new NameServer();
  for (const host of ['dead', 'back']) {
    server.names.find(host).catch(() => {});
    await server.fail(host, { afterMs: 10_000 });
  }
  void server.names.find('back');
  await server.answer('back');
  server.names.find('dead').catch(() => {});
  server.asked.length = 0;
  void server.names.find('back');
  expect(server.asked).toEqual(['back']);
});

test('a name that is soon known not to exist is asked for with the others', async () => {
  const server = new NameServer();
  for (const host of ['slow', 'none']) {
    server.names.find(host).catch(() => {});
    await server.fail(host, { afterMs: host === 'slow' ? 10_000 : 5 });
  }
  server.names.find('slow').catch(() => {});
  server.asked.length = 0;
  server.names.find('none').catch(() => {});
  expect(server.asked).toEqual(['none']);
});

test('a connection may be made with it', async () => {
  const server = createServer((_, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const names = new NameLookup(() => Promise.resolve([loopback]));
  for (const autoSelectFamily of [true, false]) {
    const dispatcher = new Agent({ connect: { lookup: names.lookup, autoSelectFamily } });
    const { body } = await request(`http://somewhere.invalid:${port}/`, { dispatcher });
    expect(await body.text()).toBe('here');
    await dispatcher.close();
  }
  const nowhere = new NameLookup(() => Promise.reject(Object.assign(new Error('?'), { code: 'ENOTFOUND' })));
  const dispatcher = new Agent({ connect: { lookup: nowhere.lookup } });
  const asked = request(`http://somewhere.invalid:${port}/`, { dispatcher });
  await expect(asked).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await dispatcher.close();
});
