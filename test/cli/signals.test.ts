import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { testFolder, until } from '../app/support.ts';
import { freePort } from '../e2e/support/port.ts';
import { start } from './support/command.ts';

const quiet = ['--port', '0', '--docker-host', 'unix:///nowhere.sock'];

/** Takes connections and never says a word. */
async function silentServer() {
  let met = (): void => {};
  const connected = new Promise<void>((resolve) => {
    met = resolve;
  });
  const server = createServer(met).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `postgres://me@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/x`;
  return { url, connected, [Symbol.dispose]: () => server.close() };
}

describe.each(['serve', 'writer'])('%s', (name) => {
  const args = name === 'serve' ? quiet : ['--port', '0'];

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'stops in order on a %s that comes while it waits for its database',
    async (signal) => {
      await using folder = await testFolder();
      using database = await silentServer();
      const given = [name, ...args, '--database-url', database.url, '--state-dir', folder.path];
      await using command = start(given);
      await database.connected;
      command.child.kill(signal);
      expect(await command.ended).toBe(0);
      expect(command.errors()).toMatch(new RegExp(`${signal}: stopping\\n.*stopped\\n$`));
    },
  );
});

describe('serve', () => {
  it('starts without a database that is silent, and stops in order', async () => {
    await using folder = await testFolder();
    using database = await silentServer();
    const given = [...quiet, '--database-url', database.url, '--state-dir', folder.path];
    await using command = start(['serve', ...given]);
    await command.said('serving');
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it('takes signals that come together for one', async () => {
    await using folder = await testFolder();
    const args = ['serve', ...quiet, '--otlp-endpoint', 'http://127.0.0.1:1', '--state-dir', folder.path];
    await using command = start(args);
    await command.said('serving');
    command.child.kill('SIGINT');
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    expect(command.errors()).toMatch(/stopped\n$/);
  });

  it('aborts the start of the embedded database on SIGINT', async () => {
    await using folder = await testFolder();
    await using command = start(['serve', ...quiet, '--log-level', 'debug', '--state-dir', folder.path]);
    await command.said('embedded database says');
    command.child.kill('SIGINT');
    expect(await command.ended).toBe(0);
    expect(command.errors()).toMatch(/SIGINT: stopping\n(.*\n)*.*stopped\n$/);
  });

  it('goes on watching when nobody reads its log any more', async () => {
    await using folder = await testFolder();
    const port = String(await freePort());
    const args = ['--otlp-endpoint', 'http://127.0.0.1:1', '--state-dir', folder.path];
    await using command = start(['serve', ...quiet, '--port', port, ...args]);
    await command.said('watching');
    command.child.stderr?.destroy();
    const healthy = () => fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    const first = await Promise.race([until(healthy), command.ended]);
    expect(first).toMatchObject({ status: 200 });
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it('leaves a state directory alone that another one uses', async () => {
    await using folder = await testFolder();
    const args = ['serve', ...quiet, '--otlp-endpoint', 'http://127.0.0.1:1', '--state-dir', folder.path];
    await using first = start(args);
    await first.said('serving');
    await using second = start(args);
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/another exporter keeps its waiting snapshots in .*--state-dir/);
    first.child.kill('SIGTERM');
    await first.ended;
    await using third = start(args);
    await third.said('serving');
  });
});
