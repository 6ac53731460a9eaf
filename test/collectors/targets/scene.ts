import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { HostSources } from '../../../src/collectors/targets/host-sources.ts';
import { createTargets, type TargetsSource } from '../../../src/collectors/targets/index.ts';
import type { targetsOptions } from '../../../src/collectors/targets/options.ts';
import { type LogFields, type Logger, silentLogger } from '../../../src/runtime/logger.ts';

/** 2026-11-25T12:00:00Z */
export const noon = Date.UTC(2026, 10, 25, 12);

/** A folder with a registry in it, and what reads that. */
export interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly source: TargetsSource;
  readonly clock: { nowMs: number };
  /** All that was logged. */
  readonly logged: unknown[];
  /** Replaces the registry by renaming, as the manager does; it is as old as an hour. */
  write(registry: unknown): Promise<void>;
}

export interface SceneOptions {
  readonly options?: z.input<typeof targetsOptions>;
  readonly host?: HostSources;
}

export async function setScene({ options = {}, host = {} }: SceneOptions = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'targets-'));
  const clock = { nowMs: noon, now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const logged: unknown[] = [];
  const log = (message: string, fields?: LogFields): void => {
    logged.push({ message, fields });
  };
  const logger: Logger = { ...silentLogger, error: log, warn: log, info: log, debug: log };
  const source = createTargets(
    { registry: folder, ...options },
    { clock, logger, host, usualPlaces: { registry: [], managerConfig: [join(folder, 'config.yml')] } },
  );
  return {
    folder,
    source,
    clock,
    logged,
    write: async (registry) => {
      const draft = join(folder, 'metadata.tmp');
      await writeFile(draft, typeof registry === 'string' ? registry : JSON.stringify(registry));
      const written = new Date(noon - 3_600_000);
      await utimes(draft, written, written);
      await rename(draft, join(folder, 'metadata.json'));
    },
    [Symbol.asyncDispose]: async () => {
      await source.collector.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A registry of one agent, with whatever else its entry is to have. */
export function registryOf(entry: Readonly<Record<string, unknown>> = {}): unknown {
  return { version: '1.0', agents: { 'vex-main': { name: 'Vex', port: 18090, ...entry } } };
}
