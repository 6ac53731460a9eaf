import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Collected, Collector } from '../../../src/collectors/collector.ts';
import type { Row } from '../../../src/metric/row.ts';
import { microsFromMs } from '../../../src/metric/time.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures/manager-deployments');

export const fixture = async (name: string): Promise<string> => readFile(join(fixtures, name), 'utf8');

export const fixtureJson = async (name: string): Promise<unknown> => JSON.parse(await fixture(name));

/** A folder of the test's own. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deployments-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that stands still until it is told the time; both of its hands go together. */
export class HandClock {
  nowMs: number;

  constructor(time: string) {
    this.nowMs = Date.parse(time);
  }

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }
}

export function collectAt(collector: Collector, clock: HandClock, budgetMs = 60_000): Promise<Collected> {
  const { signal } = new AbortController();
  return collector.collect({ time: microsFromMs(clock.now()), budgetMs, signal });
}

export const deploymentRows = ({ rows }: Collected): readonly Row[] =>
  rows.filter(({ entity }) => entity === 'deployment');

/** Undefined unless there is exactly one whose id begins so. */
export function rowOf(collected: Collected, id: string): Row | undefined {
  const found = deploymentRows(collected).filter(({ identity }) =>
    identity['ciris.deployment.id']?.startsWith(id),
  );
  return found.length === 1 ? found[0] : undefined;
}

export function sourceRow({ rows }: Collected, name: string): Row | undefined {
  return rows.find(({ entity, identity }) => entity === 'source' && identity['ciris.source'] === name);
}

export const kindsOf = ({ findings }: Collected): readonly string[] =>
  (findings ?? []).map(({ kind }) => kind);
