import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExporterConfig, type ExporterDeps, startExporter } from '../../src/app/exporter.ts';
import { loadSettings } from '../../src/config/load.ts';
import { serveSettings } from '../../src/config/settings.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Snapshot, SnapshotSource } from '../../src/snapshot/snapshot.ts';
import { LogBook } from '../snapshot/fakes.ts';

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

/** A state directory of a test's own, where the database's user can reach it. */
export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp('/tmp/telemetry-app-');
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function configOf(stateDir: string, flags: Readonly<Record<string, string>>): ExporterConfig {
  const settings = loadSettings(serveSettings, { flags: { port: '0', ...flags }, env: {}, file: undefined });
  return { ...settings, instance: 'here', stateDir: join(stateDir, 'state') };
}

/** A running exporter and what it logged. */
export async function exporterOf(
  config: ExporterConfig,
  environment: ExporterDeps['environment'] = {},
  logger = new LogBook(),
) {
  const cost = () => ({ cpuUserSeconds: 1, cpuSystemSeconds: 1, residentBytes: 1 });
  const exporter = await startExporter(config, {
    version: '0',
    clock: systemClock,
    logger,
    environment,
    cost,
  });
  return { ...exporter, logger, [Symbol.asyncDispose]: () => exporter.stop() };
}

export function nextSnapshot(snapshots: SnapshotSource): Promise<Snapshot> {
  return new Promise((resolve) => {
    const leave = snapshots.subscribe((snapshot) => {
      leave();
      resolve(snapshot);
    });
  });
}

/** Asks again until the answer is there; the test's own time limit is the bound. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
