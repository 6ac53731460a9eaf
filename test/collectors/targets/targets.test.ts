import { randomBytes } from 'node:crypto';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTargets } from '../../../src/collectors/targets/index.ts';
import { engineOptions } from '../../../src/collectors/targets/servers.ts';
import { microsFromMs } from '../../../src/metric/time.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { noon, registryOf, setScene } from './scene.ts';
import { seal } from './seal.ts';

const signal = new AbortController().signal;
const time = microsFromMs(noon);
const context = { time, budgetMs: 60_000, signal };

describe('a reading', () => {
  it('is one for all who ask for the same time', async () => {
    let asked = 0;
    const targets = async () => {
      asked += 1;
      return [{ agentId: 'vex' }];
    };
    await using scene = await setScene({ host: { targets } });
    await scene.write(registryOf());
    const [collected, first, second] = await Promise.all([
      scene.source.collector.collect(context),
      scene.source.read(time, signal),
      scene.source.read(time, signal),
    ]);
    expect(asked).toBe(1);
    expect(second.targets).toEqual(first.targets.map((target) => ({ ...target, token: expect.anything() })));
    expect(collected.findings).toEqual(first.findings);
    await scene.source.read(time + 1, signal);
    expect(asked).toBe(2);
  });

  it('goes on for others when one who asked no longer waits', async () => {
    const gate = Promise.withResolvers<void>();
    const targets = async () => {
      await gate.promise;
      return [{ agentId: 'vex' }];
    };
    await using scene = await setScene({ host: { targets } });
    const impatient = new AbortController();
    const left = scene.source.read(time, impatient.signal);
    const waiting = scene.source.read(time, signal);
    impatient.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    gate.resolve();
    expect((await waiting).targets.map(({ agentId }) => agentId)).toEqual(['vex']);
  });

  it('takes the last good content of a function that hangs, and does not ask it again meanwhile', async () => {
    let asked = 0;
    const targets = async () => {
      asked += 1;
      return asked === 1 ? [{ agentId: 'vex' }] : new Promise<never>(() => {});
    };
    await using scene = await setScene({ options: { sourceTimeout: 1 }, host: { targets } });
    await scene.write(registryOf({ agent_id: 'owl', port: 1 }));
    await scene.source.collector.collect(context);
    const hanging = await scene.source.collector.collect({ ...context, time: time + 1 });
    expect(hanging.problems).toEqual([
      {
        kind: 'timeout',
        message:
          "the host's function for targets did not answer within 1 s; what was read before is still used",
      },
    ]);
    expect(hanging.failure).toBeUndefined();
    const agents = hanging.rows.filter(({ entity }) => entity === 'agent_target');
    expect(agents.map(({ identity }) => identity['ciris.agent.id'])).toEqual(['vex', 'owl']);
    await scene.source.collector.collect({ ...context, time: time + 2 });
    expect(asked).toBe(2);
  });

  it('ends with the time for the collection, whatever hangs', async () => {
    const targets = () => new Promise<never>(() => {});
    await using scene = await setScene({ options: { sourceTimeout: 60 }, host: { targets } });
    const collecting = scene.source.collector.collect({ ...context, budgetMs: 50 });
    await expect(collecting).rejects.toMatchObject({ code: 'timeout' });
  });

  it('says what kind of error a function threw, and not its words', async () => {
    const targets = async () => {
      throw new RangeError('made-up-secret');
    };
    await using scene = await setScene({ host: { targets } });
    await scene.write(registryOf());
    const { failure, rows } = await scene.source.collector.collect(context);
    expect(failure).toEqual({
      type: 'internal',
      message: "the host's function for targets failed with RangeError",
    });
    expect(rows.map(({ entity }) => entity)).toEqual(['source', 'source', 'agent_target']);
  });

  it('ends when the collector is closed', async () => {
    const targets = () => new Promise<never>(() => {});
    await using scene = await setScene({ options: { sourceTimeout: 60 }, host: { targets } });
    await scene.write(registryOf());
    const reading = scene.source.read(time, signal);
    await scene.source.collector.close();
    await expect(reading).rejects.toThrow('reading targets has ended');
  });
});

describe('the registry', () => {
  const ids = async (scene: Awaited<ReturnType<typeof setScene>>, at: number) =>
    (await scene.source.read(at, signal)).targets.map(({ agentId }) => agentId);

  it('B.3.1: is read again when size and inode number stay, and only its time has changed', async () => {
    await using scene = await setScene();
    await scene.write(registryOf({ agent_id: 'first' }));
    expect(await ids(scene, time)).toEqual(['first']);
    const path = join(scene.folder, 'metadata.json');
    await writeFile(path, JSON.stringify(registryOf({ agent_id: 'other' })));
    await utimes(path, new Date(noon - 7_200_000), new Date(noon - 7_200_000));
    expect(await ids(scene, time + 1)).toEqual(['other']);
  });

  it('is read again while it was written a moment ago, for its time may be that of two writes', async () => {
    await using scene = await setScene();
    const path = join(scene.folder, 'metadata.json');
    for (const [index, agent] of ['first', 'other'].entries()) {
      await writeFile(path, JSON.stringify(registryOf({ agent_id: agent })));
      await utimes(path, new Date(noon - 100), new Date(noon - 100));
      expect(await ids(scene, time + index)).toEqual([agent]);
    }
  });

  it('is no device that gives bytes without end', async () => {
    await using scene = await setScene({ options: { registry: '/dev/zero' } });
    expect((await scene.source.collector.collect(context)).failure).toEqual({
      type: 'protocol',
      message: 'the registry /dev/zero cannot be read: it is no file but a folder, a pipe or a device',
    });
  });

  it('that nobody may read is a failure with a remedy', async () => {
    await using scene = await setScene({ options: { registry: '/proc/1/mem/metadata.json' } });
    const { failure } = await scene.source.collector.collect(context);
    expect(failure?.message).toMatch(/^the registry \/proc\/1\/mem\/metadata\.json cannot be read: /);
  });
});

describe('a token', () => {
  const key = randomBytes(32);
  const encryptionKey = key.toString('base64url').padEnd(44, '=');

  it('that was refused is read anew', async () => {
    await using scene = await setScene({ options: { encryptionKey } });
    await scene.write(registryOf({ service_token: seal(key, 'old-token') }));
    const [target] = (await scene.source.read(time, signal)).targets;
    await scene.write(registryOf({ service_token: seal(key, 'new-token') }));
    expect(await target?.token({ fresh: false, signal })).toEqual({ outcome: 'token', token: 'old-token' });
    expect(await target?.token({ fresh: true, signal })).toEqual({ outcome: 'token', token: 'new-token' });
    await scene.write(registryOf({ agent_id: 'someone-else' }));
    expect(await target?.token({ fresh: true, signal })).toEqual({ outcome: 'none' });
  });

  it('that no header can carry is unusable', async () => {
    await using scene = await setScene({ options: { encryptionKey } });
    for (const [index, text] of ['two words', 'line\r\nX-Other: 1', 'ümlaut', ''].entries()) {
      await scene.write(registryOf({ service_token: seal(key, text), name: `Vex ${index}` }));
      const { targets, findings } = await scene.source.read(time + index, signal);
      expect(await targets[0]?.token({ fresh: false, signal })).toMatchObject({ outcome: 'unusable' });
      expect(findings.map(({ kind }) => kind)).toEqual(['token_undecryptable']);
      expect(JSON.stringify(findings)).not.toContain('words');
    }
  });

  it.each([
    ['a device', '/dev/zero', 'the token file /dev/zero is no file of up to 64 kB'],
    ['a folder', '/', 'the token file / is no file of up to 64 kB'],
  ])('is not read from %s', async (_what, token_file, message) => {
    const agents = [{ agent_id: 'vex', url: 'http://127.0.0.1:1', token_file }];
    await using scene = await setScene({ options: { agents } });
    const { targets } = await scene.source.read(time, signal);
    expect(await targets[0]?.token({ fresh: false, signal })).toEqual({ outcome: 'unusable', message });
  });

  it('of a host is asked for when it is needed, and how it fails is said without its words', async () => {
    const asked: boolean[] = [];
    const token = async ({ fresh }: { readonly fresh: boolean }) => {
      asked.push(fresh);
      if (fresh) throw new Error('made-up-secret');
      return 'made-up-token';
    };
    await using scene = await setScene({ host: { targets: async () => [{ agentId: 'vex', token }] } });
    await scene.write(registryOf({ agent_id: 'owl' }));
    const { rows } = await scene.source.collector.collect(context);
    expect(asked).toEqual([]);
    expect(rows.find(({ identity }) => identity['ciris.agent.id'] === 'vex')?.states).toEqual({});
    const [target] = (await scene.source.read(time, signal)).targets;
    expect(await target?.token({ fresh: false, signal })).toEqual({
      outcome: 'token',
      token: 'made-up-token',
    });
    expect(await target?.token({ fresh: true, signal })).toEqual({
      outcome: 'unusable',
      message: "the host's function for its token failed with Error",
    });
  });
});

describe('servers', () => {
  const config = `servers:
  - {server_id: main, hostname: a.example.test, is_local: yes}
  - {server_id: scout1, hostname: s.example.test, vpc_ip: 10.0.0.2, docker_host: "tcp://10.0.0.2:2376",
     tls_ca: /certs/ca.pem, tls_cert: /certs/cert.pem, tls_key: /certs/key.pem}
  - {server_id: scout2, hostname: t.example.test}
`;

  it('say how their engines are reached', async () => {
    const own = { server_id: 'lab', docker_host: 'tcp://10.0.0.3:2376', tls_server_name: 'lab.example.test' };
    await using scene = await setScene({ options: { servers: [own] } });
    await writeFile(join(scene.folder, 'config.yml'), config);
    const servers = await scene.source.servers(signal);
    expect(servers.map(({ id }) => id)).toEqual(['lab', 'main', 'scout1', 'scout2']);
    expect(servers.map(engineOptions)).toEqual([
      { serverId: 'lab', dockerHost: 'tcp://10.0.0.3:2376', tlsServerName: 'lab.example.test' },
      { serverId: 'main' },
      {
        serverId: 'scout1',
        dockerHost: 'tcp://10.0.0.2:2376',
        tlsCa: '/certs/ca.pem',
        tlsCert: '/certs/cert.pem',
        tlsKey: '/certs/key.pem',
      },
      undefined,
    ]);
  });

  it('without a list are the one that the manager runs on', async () => {
    await using scene = await setScene();
    expect((await scene.source.servers(signal)).map(engineOptions)).toEqual([{ serverId: 'main' }]);
  });

  it('that are listed later are not watched, which is said', async () => {
    await using scene = await setScene();
    await scene.write(registryOf());
    await writeFile(join(scene.folder, 'config.yml'), 'servers: [{server_id: main, is_local: true}]');
    await scene.source.servers(signal);
    await writeFile(join(scene.folder, 'config.yml'), config);
    const { findings } = await scene.source.collector.collect(context);
    expect(findings).toContainEqual({
      kind: 'server_listed_late',
      message: 'the server "scout1" was listed after the start; restart this program to watch its containers',
    });
  });
});

it.each(['a\nb', ' ', 'a\0', 'x'.repeat(257), ''])(
  'an agent that a host calls %j is left out',
  async (agentId) => {
    await using scene = await setScene({ host: { targets: async () => [{ agentId }, { agentId: 'owl' }] } });
    const { rows, problems } = await scene.source.collector.collect(context);
    const agents = rows.filter(({ entity }) => entity === 'agent_target');
    expect(agents.map(({ identity }) => identity['ciris.agent.id'])).toEqual(['owl']);
    expect(problems.map(({ message }) => message)).toEqual([
      'target 1 of the host is left out: agentId: expected one short line of text',
    ]);
  },
);

describe('options', () => {
  const create = (options: object) => () =>
    createTargets(options, { clock: systemClock, logger: silentLogger });

  it.each<[what: string, options: object, message: RegExp]>([
    ['an unknown name', { registri: 'made-up-secret' }, /registri/],
    [
      'a URL with a path',
      { agents: [{ agent_id: 'a', url: 'http://h:1/made-up-secret' }] },
      /agents\.0\.url/,
    ],
    [
      'a URL with a password',
      { agents: [{ agent_id: 'a', url: 'http://u:made-up-secret@h:1' }] },
      /without path, user or password/,
    ],
    [
      'two tokens',
      { agents: [{ agent_id: 'a', url: 'http://h:1', token: 'made-up-secret', token_file: '/t' }] },
      /token or token_file, not both/,
    ],
    ['a server without a name', { servers: [{ tls_key: 'made-up-secret' }] }, /servers\.0\.server_id/],
    ['a key of another type', { encryptionKey: ['made-up-secret'] }, /encryptionKey/],
  ])('with %s are refused, without their values', (_what, options, message) => {
    expect(create(options)).toThrow(expect.objectContaining({ code: 'setting_invalid' }));
    expect(create(options)).toThrow(message);
    expect(create(options)).not.toThrow(/made-up-secret/);
  });

  it('are said at the start, without secrets', async () => {
    const options = {
      encryptionKey: 'made-up-secret',
      jwtSecret: 'made-up-secret',
      agents: [{ agent_id: 'a', url: 'http://h:1', token: 'made-up-secret' }],
    };
    await using scene = await setScene({ options });
    await mkdir(join(scene.folder, 'metadata.json'));
    await scene.source.collector.collect(context);
    expect(scene.logged).toHaveLength(1);
    expect(JSON.stringify(scene.logged)).not.toContain('made-up-secret');
  });
});
