import { defineConfig } from 'vitest/config';

/** The real parts share one machine's cgroups and processor time: one file at a time. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
