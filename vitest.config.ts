import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Of these, many files run in the same processes one after the other: alone, each would spend half of its time on loading its code. */
const folders = [
  'api',
  'catalog',
  'collectors',
  'config',
  'docs',
  'export',
  'gen',
  'metric',
  'runtime',
  'snapshot',
];
/** What looks into the memory of its own process. */
const ofTheirOwn = [
  'test/collectors/docker/environment.test.ts',
  'test/collectors/targets/memory.test.ts',
  'test/export/meter/fleet-meter.test.ts',
];
const shared = [`test/{${folders.join(',')}}/**/*.test.ts`];
const own = ['test/*.test.ts', `test/!(${folders.join('|')})/**/*.test.ts`, ...ofTheirOwn];

export default defineConfig({
  // The examples import the package by its name, as its users do.
  resolve: { alias: { 'ciris-telemetry': fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
  test: {
    globalSetup: 'test/support/run-folder.ts',
    // Most of a database test is waiting for the disk and for other processes: more at a time than there are cores for.
    maxWorkers: 4,
    // On a busy machine, too.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'shared', include: shared, exclude: ofTheirOwn, isolate: false } },
      { extends: true, test: { name: 'own', include: own } },
    ],
  },
});
