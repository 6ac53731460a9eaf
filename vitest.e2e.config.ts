import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What holds figures against the kernel's or a script's at the same moment, or has seconds to begin and to end in: the machine to
 * themselves, one by one.
 */
const alone = ['figures', 'fleet', 'demo', 'sigterm'].map((name) => `test/e2e/${name}.e2e.ts`);

/** Begin first, so that none of them is what all wait for at the end. */
const longest = [
  'kill-rig',
  'churn',
  'crash',
  'postgres-versions',
  'engine-trouble',
  'path',
  'outage',
  'conformance',
  'fuzz',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/${name}.e2e.ts`));
      return found === -1 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Where all is well none takes a tenth of it; a machine may be many times slower than the one on which a test was written.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          exclude: alone,
          // Most of each is waiting for other programs.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'e2e, alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
