import { getHeapSnapshot } from 'node:v8';
import { createTargets } from '../../../src/collectors/targets/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';

/** Reads a registry, and prints which words of a pattern are left in memory afterwards. */
const [registry = '', pattern = ''] = process.argv.slice(2);
const clock = { now: () => 1_800_000_000_000, monotonic: () => 0 };
const source = createTargets({ registry }, { clock, logger: silentLogger });
const { signal } = new AbortController();
const read = await source.read(1, signal);
await source.collector.collect({ time: 2, budgetMs: 60_000, signal });

const found = new Set<string>();
let tail = '';
// Taking a snapshot first collects what is garbage.
for await (const chunk of getHeapSnapshot()) {
  const text = tail + String(chunk);
  for (const [word] of text.matchAll(new RegExp(pattern, 'g'))) found.add(word);
  tail = text.slice(-200);
}
process.stdout.write(JSON.stringify({ targets: read.targets.length, found: [...found].sort() }));
