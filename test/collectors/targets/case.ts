import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { TokenReading } from '../../../src/collectors/agent-target.ts';
import { createTargets } from '../../../src/collectors/targets/index.ts';
import { microsFromIso } from '../../../src/metric/time.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';

/** A file of the case folder or of the manager's fixtures, a text, or nothing: what was there is taken away. */
const content = z.union([z.string(), z.strictObject({ text: z.string() }), z.null()]);

/** What a case folder's `case.json` says. In its options, `{folder}` stands for where its files are laid. */
const targetsCase = z.strictObject({
  title: z.string().min(1),
  options: z.record(z.string(), z.unknown()).default({}),
  /** What a host's function gives, from a file. */
  host: z.strictObject({ registry: z.string().optional(), targets: z.string().optional() }).default({}),
  /** One collection each; files stay as they are until another round changes them. */
  rounds: z.array(
    z.strictObject({
      time: z.iso.datetime(),
      files: z.record(z.string(), content).default({}),
    }),
  ),
});

const fixtures = join(import.meta.dirname, '../../fixtures/manager');

const sourceOf = (folder: string, name: string): string =>
  existsSync(join(folder, name)) ? join(folder, name) : join(fixtures, name);

/** Collects once a round, and says what was collected and which targets there were. */
export async function runTargetsCase(folder: string): Promise<unknown> {
  const { options, host, rounds } = await readTargetsCase(folder);
  const laid = await mkdtemp(join(tmpdir(), 'targets-'));
  const clock = { nowMs: 0, now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const given = async (name: string | undefined) =>
    name === undefined ? undefined : JSON.parse(await readFile(sourceOf(folder, name), 'utf8'));
  const registry = await given(host.registry);
  const targets = await given(host.targets);
  const source = createTargets(JSON.parse(JSON.stringify(options).replaceAll('{folder}', laid)), {
    clock,
    logger: silentLogger,
    usualPlaces: {
      registry: [join(laid, 'opt/metadata.json'), join(laid, 'etc/metadata.json')],
      managerConfig: [join(laid, 'etc/config.yml')],
    },
    host: {
      ...(registry === undefined ? {} : { registry: async () => registry }),
      ...(targets === undefined ? {} : { targets: async () => targets }),
    },
  });
  try {
    const collected: unknown[] = [];
    for (const round of rounds) {
      clock.nowMs = Date.parse(round.time);
      for (const [name, value] of Object.entries(round.files)) {
        await lay(join(laid, name), value, { folder, time: new Date(clock.nowMs) });
      }
      const time = microsFromIso(round.time) ?? 0;
      const signal = new AbortController().signal;
      const { rows, ...rest } = await source.collector.collect({ time, budgetMs: 60_000, signal });
      const read = await source.read(time, signal);
      const described = read.targets.map(async ({ token, ...target }) => ({
        ...target,
        token: shown(await token({ fresh: false, signal })),
      }));
      collected.push({ ...rest, targets: await Promise.all(described), rows });
    }
    return JSON.parse(JSON.stringify(collected).replaceAll(laid, '/folder'));
  } finally {
    await source.collector.close();
    await rm(laid, { recursive: true });
  }
}

export async function readTargetsCase(folder: string): Promise<z.infer<typeof targetsCase>> {
  return targetsCase.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
}

async function lay(
  path: string,
  value: z.infer<typeof content>,
  { folder, time }: { readonly folder: string; readonly time: Date },
): Promise<void> {
  if (value === null) return rm(path);
  await mkdir(dirname(path), { recursive: true });
  if (typeof value === 'string') await copyFile(sourceOf(folder, value), path);
  else await writeFile(path, value.text);
  await utimes(path, time, time);
}

const shown = (reading: TokenReading): string =>
  reading.outcome === 'unusable' ? reading.message : reading.outcome;
