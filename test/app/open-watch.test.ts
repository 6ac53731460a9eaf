import { describe, expect, it } from 'vitest';
import { openWatch } from '../../src/app/open-watch.ts';
import type { Collected, Collector } from '../../src/collectors/collector.ts';
import { loadSettings } from '../../src/config/load.ts';
import { serveSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { FakeEngine } from '../collectors/docker/fake-engine.ts';
import { LogBook } from '../snapshot/fakes.ts';

/** @param use - What is done with its collectors before they are closed. */
async function open(
  flags: Readonly<Record<string, string>>,
  use: (collectors: readonly Collector[]) => Promise<Collected> | undefined = () => undefined,
) {
  const logger = new LogBook();
  const elsewhere = { registry: '/nonexistent', managerConfig: '/nonexistent' };
  const config = loadSettings(serveSettings, { flags: { ...elsewhere, ...flags }, env: {}, file: undefined });
  const { signal } = new AbortController();
  const watch = await openWatch(config, { clock: systemClock, logger }, { interval: 60, signal });
  const collected = await use(watch.collectors);
  await Promise.all(watch.collectors.map((collector) => collector.close()));
  return { watch, collected, warnings: logger.lines.filter((line) => line.startsWith('warn')) };
}

const managerUrl = 'http://127.0.0.1:1';

describe('the login for CIRISManager', () => {
  it('is one', async () => {
    const both = open({ managerUrl, managerToken: 'hunter2', managerTokenFile: '/t' });
    await expect(both).rejects.toThrow(
      'setting manager-token-file: "/t" is not accepted beside manager-token: give one of them',
    );
    await expect(both).rejects.not.toThrow('hunter2');
  });

  it.each([
    [{ managerUrl }, /there is an address and no login: give manager-token-file too/],
    [{ managerTokenFile: '/t' }, /there is a login and no address: give manager-url too/],
    [{ managerToken: 'hunter2' }, /there is a login and no address: give manager-url too/],
  ])('goes with its address: %o is told of', async (flags, words) => {
    const { warnings } = await open(flags);
    expect(warnings).toEqual([expect.stringMatching(words)]);
    expect(warnings.join()).not.toContain('hunter2');
  });

  it.each([{}, { managerUrl, managerTokenFile: '/t' }])('needs no word with %o', async (flags) => {
    expect((await open(flags)).warnings).toEqual([]);
  });
});

it('what is watched without any setting is this host, its agents and its deployments', async () => {
  const { watch } = await open({});
  expect(watch.collectors.map(({ name }) => name)).toEqual(['docker', 'targets', 'agents', 'deployments']);
});

it('an engine has half of a long snapshot for one answer', async () => {
  const engine = await FakeEngine.start(() => 'hang');
  try {
    const flags = { dockerHost: engine.host, collectTimeout: '11' };
    const context = { time: 0, budgetMs: 600_000, signal: new AbortController().signal };
    const { collected } = await open(flags, ([docker]) => docker?.collect(context));
    expect(collected?.failure?.message).toContain('within 5.5 s');
  } finally {
    await engine.stop();
  }
});
