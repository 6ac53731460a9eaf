import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Collector, Derived } from '../../../src/collectors/collector.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { createTargets } from '../../../src/collectors/targets/index.ts';
import { versionsDerivation } from '../../../src/collectors/versions/derivation.ts';
import type { Row } from '../../../src/metric/row.ts';
import { type Micros, microsFromIso } from '../../../src/metric/time.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';

const words = z.record(z.string(), z.string()).default({});
const rowOfCase = z.strictObject({
  entity: z.string(),
  identity: words,
  info: words,
  values: z.record(z.string(), z.number()).default({}),
  states: words,
});

/** What a case folder's `case.json` says: what others have read, from files under `test` or as rows. */
const versionsCase = z.strictObject({
  title: z.string().min(1),
  time: z.iso.datetime(),
  /** The manager's `metadata.json`. */
  registry: z.string().optional(),
  /** The manager's `deployment_state.json`. */
  deployments: z.string().optional(),
  /** What a case of the Docker collector expects. */
  containers: z.string().optional(),
  rows: z.array(rowOfCase).default([]),
});

const test = join(import.meta.dirname, '../..');

/** Derives versions and adoption from what the case has. */
export async function runVersionsCase(folder: string): Promise<Derived> {
  const given = versionsCase.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
  const time = microsFromIso(given.time) ?? 0;
  const nowMs = time / 1000;
  const deps = { clock: { now: () => nowMs, monotonic: () => 0 }, logger: silentLogger };
  const rows: Row[] = given.rows.map((row) => ({ ...row, time }));
  if (given.registry !== undefined) {
    rows.push(
      ...(await rowsOf(createTargets({ registry: join(test, given.registry) }, deps).collector, time)),
    );
  }
  if (given.deployments !== undefined) {
    const files = { deploymentState: join(test, given.deployments) };
    rows.push(...(await rowsOf(createDeploymentsCollector(files, deps), time)));
  }
  if (given.containers !== undefined) rows.push(...(await expectedRows(join(test, given.containers))));
  return versionsDerivation().derive(rows, time);
}

async function rowsOf(collector: Collector, time: Micros): Promise<readonly Row[]> {
  const { rows } = await collector.collect({ time, budgetMs: 60_000, signal: new AbortController().signal });
  await collector.close();
  return rows;
}

const expectation = z.array(z.object({ rows: z.array(rowOfCase.extend({ time: z.number() }).loose()) }));

async function expectedRows(path: string): Promise<readonly Row[]> {
  const rounds = expectation.parse(JSON.parse(await readFile(path, 'utf8')));
  return rounds.at(-1)?.rows ?? [];
}
