import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeManager, type Handler, type Reaction } from './fake-manager.ts';
import { collectAt, deploymentRows, fixtureJson, HandClock, ownFolder, rowOf, sourceRow } from './support.ts';

const running = await fixtureJson('http/status-inprogress.json');
const history = await fixtureJson('http/history-inprogress.json');
const pending = await fixtureJson('http/pending-all-two-staged.json');
const long = await fixtureJson('http/history-end.json');
const completed = await fixtureJson('http/status-by-id-completed.json');

const answers: Readonly<Record<string, unknown>> = {
  '/manager/v1/updates/status': running,
  '/manager/v1/updates/history': history,
  '/manager/v1/updates/pending/all': pending,
};
const healthy: Handler = ({ path }) => ({ body: answers[path] });

async function watch(handler: Handler, options: Readonly<Record<string, unknown>> = {}) {
  const folder = await ownFolder();
  const manager = await FakeManager.start(handler);
  onTestFinished(() => manager.stop());
  const clock = new HandClock('2026-11-25T11:00:00Z');
  const tokenFile = join(folder, 'login');
  const login =
    'managerTokenFile' in options ? { managerTokenFile: tokenFile } : { managerToken: 'made.up.login' };
  const collector = createDeploymentsCollector(
    { managerUrl: manager.url, managerTimeout: 3, deploymentState: join(folder, 'none'), ...login },
    { clock, logger: silentLogger },
  );
  onTestFinished(() => collector.close());
  return { manager, clock, collector, tokenFile };
}

describe('the manager', () => {
  it('is asked as a program with a login, one question after the other', async () => {
    const { manager, collector, clock } = await watch(healthy);
    const collected = await collectAt(collector, clock);
    expect(collected.failure).toBeUndefined();
    expect(manager.requests.map(({ target }) => target)).toEqual([
      '/manager/v1/updates/pending/all',
      '/manager/v1/updates/status',
      '/manager/v1/updates/history?limit=200',
      '/manager/v1/updates/status?deployment_id=2eb0c86f-5f31-4bb5-9709-7aaac750ce57',
    ]);
    for (const { headers } of manager.requests) {
      expect(headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer made.up.login' });
    }
  });

  it('may stand behind a path', async () => {
    const manager = await FakeManager.start(({ path }) => ({ body: answers[path.replace('/behind', '')] }));
    onTestFinished(() => manager.stop());
    const clock = new HandClock('2026-11-25T11:00:00Z');
    const options = { managerUrl: `${manager.url}/behind/`, managerToken: 'made.up' };
    const collector = createDeploymentsCollector(options, { clock, logger: silentLogger });
    onTestFinished(() => collector.close());
    const collected = await collectAt(collector, clock);
    expect(rowOf(collected, '9b3825da')?.states.status).toBe('in_progress');
    expect(sourceRow(collected, 'manager_api')?.info['ciris.source.location']).toBe(`${manager.url}/behind`);
  });

  it('is asked for details of eight deployments at a time, until it has told of all', async () => {
    const { manager, collector, clock } = await watch(({ path, query }) => {
      const id = query.get('deployment_id');
      if (id !== null) return { body: { ...Object(completed), deployment_id: id, status: 'failed' } };
      return { body: path.endsWith('history') ? long : path.endsWith('all') ? pending : null };
    });
    clock.nowMs = Date.parse('2026-11-25T20:00:00Z');
    const asked: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = manager.requests.length;
      await collectAt(collector, clock);
      asked.push(manager.requests.length - before - 3);
    }
    expect(asked).toEqual([8, 8, 0, 0]);
  });

  it('that hangs when asked for details is not asked for more of them, and what is known of them is shown', async () => {
    const { manager, collector, clock } = await watch(({ path, query }) =>
      query.has('deployment_id')
        ? 'hang'
        : { body: path.endsWith('history') ? long : path.endsWith('all') ? pending : null },
    );
    clock.nowMs = Date.parse('2026-11-25T20:00:00Z');
    const collected = await collectAt(collector, clock);
    expect(manager.requests).toHaveLength(4);
    expect(collected.failure).toBeUndefined();
    expect(collected.problems).toMatchObject([{ kind: 'timeout' }]);
    expect(rowOf(collected, '80bc4469')?.states).toEqual({ status: 'completed' });
  });

  it('may start a deployment while it is asked, which is then told of once', async () => {
    const { collector, clock } = await watch(({ path }) =>
      // Staged when it was asked for what is staged, and running by the time of the next question.
      path.endsWith('all')
        ? { body: { deployments: [{ ...Object(running), status: 'pending' }] } }
        : { body: answers[path] },
    );
    expect(rowOf(await collectAt(collector, clock), '9b3825da')?.states.status).toBe('in_progress');
  });

  it.each<[what: string, reaction: Reaction, type: string]>([
    ['hangs', 'hang', 'timeout'],
    ['stops in the middle of its answer', 'stall', 'timeout'],
    ['cuts the connection', 'reset', 'connection_lost'],
    ['answers with a page', { body: '<html></html>' }, 'protocol'],
    ['answers with more than it can mean', { body: `"${'x'.repeat(5 * 1024 * 1024)}"` }, 'protocol'],
    ['leads elsewhere', { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, 'protocol'],
    ['fails', { status: 500, body: 'Internal Server Error' }, 'protocol'],
    ['is none', { status: 404, body: {} }, 'protocol'],
  ])('that %s costs its own figures', async (_what, reaction, type) => {
    const { collector, clock, manager } = await watch(() => reaction);
    const collected = await collectAt(collector, clock);
    expect(collected.failure?.type).toBe(type);
    expect(collected.failure?.message).toContain(manager.url);
    expect(deploymentRows(collected)).toEqual([]);
    expect(sourceRow(collected, 'manager_api')).toMatchObject({
      info: { 'error.type': type },
      values: { up: 0 },
    });
  });

  it('that is not there is told apart', async () => {
    const { collector, clock, manager } = await watch(healthy);
    await manager.stop();
    const collected = await collectAt(collector, clock);
    expect(collected.failure).toMatchObject({ type: 'connection_refused' });
    expect(collected.failure?.message).toMatch(/nobody listens there/);
  });

  it('leaves the file time to be read where it uses up its own', async () => {
    const { collector, clock } = await watch(() => 'hang');
    const collected = await collectAt(collector, clock, 200);
    expect(collected.rows.map(({ identity }) => identity['ciris.source'])).toEqual([
      'manager_api',
      'deployment_state',
    ]);
  });

  it('is left alone for as long as it asks', async () => {
    const { manager, collector, clock } = await watch(() => ({
      status: 429,
      headers: { 'retry-after': '20' },
      body: {},
    }));
    await collectAt(collector, clock);
    clock.nowMs += 19_000;
    const second = await collectAt(collector, clock);
    expect(second.failure?.message).toMatch(/asked to be left alone/);
    expect(manager.requests).toHaveLength(1);
    clock.nowMs += 2_000;
    await collectAt(collector, clock);
    expect(manager.requests).toHaveLength(2);
  });

  it('has no connection left when all is closed', async () => {
    const { manager, collector, clock } = await watch(healthy);
    await collectAt(collector, clock);
    expect(manager.openSockets).toBe(1);
    await collector.close();
    await expect.poll(() => manager.openSockets).toBe(0);
  });
});

describe('a login', () => {
  const refusing =
    (good: string): Handler =>
    (request) =>
      request.headers.authorization === `Bearer ${good}` ? healthy(request) : { status: 401, body: {} };

  it.each([401, 403])('that is refused with %i is said so, and not sent again at once', async (status) => {
    const { manager, collector, clock } = await watch(() => ({ status, body: { detail: 'planted words' } }));
    const collected = await collectAt(collector, clock);
    expect(collected.failure?.type).toBe('permission_denied');
    expect(collected.failure?.message).toMatch(
      /does not accept the login: it has run out, as each does after 24 h/,
    );
    expect(JSON.stringify(collected)).not.toMatch(/planted|made\.up/);
    const sentAt: number[] = [];
    for (let second = 0; second < 1200; second += 10) {
      clock.nowMs += 10_000;
      const before = manager.requests.length;
      await collectAt(collector, clock);
      if (manager.requests.length > before) sentAt.push(second + 10);
    }
    expect(sentAt).toEqual([30, 90, 210, 450, 930]);
  });

  it('is read anew from its file, and a new one is tried at once', async () => {
    const { manager, collector, clock, tokenFile } = await watch(refusing('second'), {
      managerTokenFile: true,
    });
    await writeFile(tokenFile, 'first\n');
    expect((await collectAt(collector, clock)).failure?.message).toContain(tokenFile);
    await collectAt(collector, clock);
    expect(manager.requests).toHaveLength(1);
    await writeFile(tokenFile, '  second\n');
    const collected = await collectAt(collector, clock);
    expect(collected.failure).toBeUndefined();
    expect(rowOf(collected, '9b3825da')?.states.phase).toBe('early_adopters');
  });

  it.each([
    ['is not there', undefined, 'not_found', /it is not there/],
    ['is empty', '\n', 'setting_invalid', /is empty/],
    ['holds something else', 'two words\n', 'setting_invalid', /is no login/],
    ['would break a header', 'a\r\nb: c', 'setting_invalid', /is no login/],
  ])('in a file that %s is never sent', async (_what, text, type, words) => {
    const { manager, collector, clock, tokenFile } = await watch(healthy, { managerTokenFile: true });
    if (text !== undefined) await writeFile(tokenFile, text);
    const collected = await collectAt(collector, clock);
    expect(collected.failure?.type).toBe(type);
    expect(collected.failure?.message).toMatch(words);
    expect(manager.requests).toEqual([]);
  });
});
