import { defineConfig } from 'vitest/config';

/** What is tried on a server with TimescaleDB that is given: see docs/DATABASE.md. */
const {
  TEST_TIMESCALE_URL: server,
  TEST_TIMESCALE_EDITION: edition = 'community',
  TEST_TIMESCALE_FROM: from,
} = process.env;
if (server === undefined) {
  throw new Error(
    'TEST_TIMESCALE_URL names no server: give the address of a superuser of one that is there for tests',
  );
}

/** Whatever does not say how a database is laid out. */
const onAny = [
  'test/db/conformance/*.test.ts',
  'test/db/generic/*.test.ts',
  'test/db/history/{counter,history,oracle,range}.test.ts',
  'test/db/migrate/*.test.ts',
  'test/db/rows/{parallel-writers,round-trip,row-store,unavailable}.test.ts',
  'test/db/*.test.ts',
  'test/writer/conformance/*.test.ts',
  'test/writer/generic/stored.test.ts',
  'test/writer/round-trip.test.ts',
];
const ofEdition = {
  community: [
    'test/db/layout/timescale.test.ts',
    'test/db/maintenance/{timescale,series-timescale,held-drops}.test.ts',
    'test/db/policy/timescale.test.ts',
    'test/db/timescale/jobs.timescale.ts',
    ...(from === undefined ? [] : ['test/db/timescale/extension-update.timescale.ts']),
  ],
  apache: ['test/db/layout/apache.test.ts', 'test/db/maintenance/apache.test.ts'],
};

export default defineConfig({
  test: {
    include: [...onAny, ...(edition === 'apache' ? ofEdition.apache : ofEdition.community)],
    // Each has databases of its own, in each of which TimescaleDB has something at work.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
