import { describe, expect, it } from 'vitest';
import { findPolicyBreaches } from '../../../src/catalog/policy.ts';
import type { Collected } from '../../../src/collectors/collector.ts';
import { createVersionsCollector } from '../../../src/collectors/versions/index.ts';
import { componentVersion, versionAdoption } from '../../../src/collectors/versions/metrics.ts';
import type { ReadVersions } from '../../../src/collectors/versions/options.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { adoptionOf, container, derive, hash, named, slotRow, slotsOf, target } from './rows.ts';

const time = Date.parse('2026-11-25T12:00:00Z') * 1000;

function collect(versions: ReadVersions, budgetMs = 60_000): Promise<Collected> {
  const collector = createVersionsCollector({ versions }, { clock: systemClock });
  return collector.collect({ time, budgetMs, signal: new AbortController().signal });
}

/** A host in JavaScript may give anything. */
function untyped(value: unknown): ReadVersions {
  return async () => JSON.parse(JSON.stringify(value));
}

const sourceOf = ({ rows }: Collected) => rows.find(({ entity }) => entity === 'source');

describe('versions that a host gives', () => {
  it('become rows that say so', async () => {
    const collected = await collect(async () => [
      { component: 'manager', slot: 'current', tag: 'v2.1.2', deployedAt: new Date('2026-11-01T00:00:00Z') },
      { component: 'manager', slot: 'previous', image: 'example/manager:2.1.1', digest: hash('1') },
    ]);
    expect(slotsOf(collected, 'manager')).toEqual({ current: 'v2.1.2 host', previous: `${hash('1')} host` });
    expect(slotRow(collected, 'current', 'manager')?.values).toEqual({
      deployedAt: Date.parse('2026-11-01') / 1000,
    });
    expect(sourceOf(collected)).toMatchObject({
      identity: { 'ciris.source': 'versions' },
      values: { up: 1 },
    });
    expect(collected.failure).toBeUndefined();
  });

  it('replace what is derived, for the components that they name', async () => {
    const { rows } = await collect(async () => [
      { component: 'agent', slot: 'current', tag: '2.9.34' },
      { component: 'agent', slot: 'previous', digest: hash('3') },
    ]);
    const fleet = [
      target('a'),
      container('a', '2.9.33'),
      target('b'),
      container('b', hash('3')),
      target('c'),
      container('c', '2.9.34'),
      named('ciris-gui', 'example/gui:1.0.0'),
    ];
    const derived = derive([...fleet, rows]);
    expect(slotsOf(derived)).toEqual({});
    expect(slotsOf(derived, 'gui')).toEqual({ current: '1.0.0 container' });
    expect(adoptionOf(derived)).toEqual({ latest: 1, previous: 1, older: 1 });
    expect(slotsOf(derive(fleet.slice(0, 2))).current).toBe('2.9.33 container');
  });

  it('that cannot be used cost only themselves', async () => {
    const collected = await collect(
      untyped([
        { component: 'gui', slot: 'current', tag: '1.0.0' },
        { component: 'gui', slot: 'current', tag: '1.0.1' },
        { component: 'gui', slot: 'next', tag: '1.0.2' },
        { component: 'nginx', slot: 'current', digest: 'sha256:abc' },
        null,
      ]),
    );
    expect(slotsOf(collected, 'gui')).toEqual({ current: '1.0.0 host' });
    expect(collected.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('version 1 of those that the host gives cannot be used: an earlier one'),
      expect.stringContaining('version 2'),
      expect.stringContaining('version 3'),
      expect.stringContaining('version 4'),
    ]);
  });

  it('are not asked for again on top of a call that hangs', async () => {
    const calls: PromiseWithResolvers<[]>[] = [];
    const versions: ReadVersions = () => {
      const call = Promise.withResolvers<[]>();
      calls.push(call);
      return call.promise;
    };
    const collector = createVersionsCollector({ versions }, { clock: systemClock });
    const { signal } = new AbortController();
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await collector.collect({ time, budgetMs: 20, signal })).failure?.type).toBe('timeout');
    }
    expect(calls).toHaveLength(1);
    calls[0]?.resolve([]);
    await calls[0]?.promise;
    const next = collector.collect({ time, budgetMs: 60_000, signal });
    calls.at(-1)?.resolve([]);
    expect((await next).failure).toBeUndefined();
  });

  it.each([
    ['no list', untyped({}), 'protocol', 'it gave no list'],
    ['an error', () => Promise.reject(new Error('away')), 'internal', 'it threw Error'],
    [
      'an error at once',
      () => {
        throw new TypeError('secret');
      },
      'internal',
      'it threw TypeError',
    ],
    ['nothing in time', () => new Promise<never>(() => {}), 'timeout', 'within 0.05 s'],
  ] satisfies [string, ReadVersions, string, string][])(
    '%s is a failure of the source',
    async (_, versions, type, words) => {
      const collected = await collect(versions, 50);
      expect(collected.failure).toMatchObject({ type, message: expect.stringContaining(words) });
      expect(collected.failure?.message).not.toContain('secret');
      expect(sourceOf(collected)).toMatchObject({ values: { up: 0 }, info: { 'error.type': type } });
      expect(collected.rows).toHaveLength(1);
    },
  );
});

it('the metrics of versions keep the rules of the catalog', () => {
  expect(findPolicyBreaches({ entities: [componentVersion, versionAdoption] })).toEqual([]);
});
