import { describe, expect, it } from 'vitest';
import { runFuzz } from '../fuzz/run-fuzz.ts';
import { seedOf } from './support/random.ts';

const bodies = 20_000;

describe('a writer that is sent requests with faults in them', () => {
  it('answers each as OTLP wants it, in bounded memory that does not grow', async () => {
    const report = await runFuzz({ bodies, seed: seedOf(process.env.FUZZ_SEED) });
    const said = `seed ${report.seed}: ${JSON.stringify(report.statuses)}, ${report.memory} MiB, peak ${report.peak}`;
    expect(report.faults, said).toEqual([]);
    expect(report.bodies).toBe(bodies);
    // A fuzzer of which all is refused, or nothing, looks into one corner only.
    for (const status of ['200', '400']) expect(report.statuses[status], said).toBeGreaterThan(bodies / 10);
  });
});
