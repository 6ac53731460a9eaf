import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allowedPaths, isAllowed, targetOf } from '../../../src/collectors/deployments/allowed-paths.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeManager, type Reaction } from './fake-manager.ts';
import { collectAt, fixtureJson, HandClock, ownFolder } from './support.ts';

/** Written out here once more: whoever lengthens the list has to come by this test. */
const harmless = [
  '/manager/v1/updates/status',
  '/manager/v1/updates/history',
  '/manager/v1/updates/pending/all',
];

/** Reads and writes alike change something at the manager, or open what nobody needs. */
const forbidden: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/manager/v1/agents/versions'],
  ['GET', '/manager/v2/deployments'],
  ['GET', '/manager/v2/deployments/9b3825da-c2d3-46f3-b378-3e8b88123845'],
  ['POST', '/manager/v2/deployments/webhook'],
  ['GET', '/manager/v1/agents'],
  ['GET', '/manager/v1/agents/datum/access'],
  ['GET', '/manager/v1/versions/adoption'],
  ['GET', '/manager/v1/canary/groups'],
  ['GET', '/manager/v1/servers/main/stats'],
  ['POST', '/manager/v1/updates/launch'],
  ['POST', '/manager/v1/updates/cancel'],
  ['POST', '/manager/v1/updates/pause'],
  ['POST', '/manager/v1/updates/rollback'],
  ['POST', '/manager/v1/updates/notify'],
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'get', ''].flatMap((method) =>
    harmless.map((path) => [method, path] as const),
  ),
];

describe('what the manager may be asked', () => {
  it('is this and nothing more', () => {
    expect(allowedPaths.map(({ path }) => path)).toEqual(harmless);
  });

  it.each(forbidden)('is not %s %s', (method, path) => {
    expect(isAllowed({ method, path, query: {} })).toBe(false);
    expect(() => targetOf({ method, path, query: {} })).toThrow(/not on the list/);
  });

  it.each([
    ['/manager/v1/updates/status/../../agents/versions'],
    ['/manager/v1/updates/status/'],
    ['/manager/v1/updates/status?deployment_id=1'],
    ['//elsewhere/manager/v1/updates/status'],
    ['/manager/v1/updates/%73tatus'],
    ['/Manager/v1/updates/status'],
  ])('is not %s, which only looks so', (path) => {
    expect(() => targetOf({ method: 'GET', path, query: {} })).toThrow(/not on the list/);
  });

  it('takes no parameter that is not on the list', () => {
    expect(() => targetOf({ method: 'GET', path: harmless[0] ?? '', query: { limit: '1' } })).toThrow();
    expect(() => targetOf({ method: 'GET', path: harmless[2] ?? '', query: { a: '' } })).toThrow();
  });

  it('stays where it is whatever a deployment is called', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const target = targetOf({ method: 'GET', path: harmless[0] ?? '', query: { deployment_id: id } });
        const url = new URL(target, 'http://manager');
        expect([url.host, url.pathname, [...url.searchParams]]).toEqual([
          'manager',
          harmless[0],
          [['deployment_id', id.isWellFormed() ? id : url.searchParams.get('deployment_id')]],
        ]);
      }),
    );
  });
});

describe('what the manager is asked', () => {
  it('is on the list, whatever it answers', async () => {
    const folder = await ownFolder();
    const [status, history, pending] = await Promise.all(
      ['status-inprogress', 'history-end', 'pending-all-two-staged'].map((name) =>
        fixtureJson(`http/${name}.json`),
      ),
    );
    const answers: Readonly<Record<string, unknown>> = {
      '/manager/v1/updates/status': status,
      '/manager/v1/updates/history': history,
      '/manager/v1/updates/pending/all': pending,
    };
    const reactions: readonly Reaction[] = [
      { status: 301, headers: { location: '/manager/v1/agents/versions' }, body: '' },
      { status: 401, body: {} },
      { status: 500, body: {} },
      { body: 'null' },
      { body: { deployments: [{ deployment_id: '../../agents/versions', status: 'in_progress' }] } },
      'reset',
    ];
    const manager = await FakeManager.start(() => 'reset');
    onTestFinished(() => manager.stop());
    const clock = new HandClock('2026-11-25T11:00:00Z');
    const collector = createDeploymentsCollector(
      { managerUrl: manager.url, managerToken: 'made.up', deploymentState: `${folder}/none` },
      { clock, logger: silentLogger },
    );
    onTestFinished(() => collector.close());
    for (const place of [undefined, ...harmless]) {
      for (const reaction of reactions) {
        manager.handler = ({ path }) => (path === place ? reaction : { body: answers[path] });
        clock.nowMs += 3_600_000;
        await collectAt(collector, clock);
      }
    }
    const paths = new Set(manager.requests.map(({ path }) => path));
    expect([...paths].sort()).toEqual([...harmless].sort());
    for (const { method, path, query } of manager.requests) {
      expect(isAllowed({ method, path, query: Object.fromEntries(query) })).toBe(true);
    }
    expect(manager.requests.some(({ query }) => query.has('deployment_id'))).toBe(true);
  });
});
