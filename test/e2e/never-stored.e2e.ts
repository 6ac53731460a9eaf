import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './support/eventually.ts';
import { containerRequest, postMetrics, postUntilAnswered } from './support/otlp-request.ts';
import { type Pipeline, startPipeline } from './support/pipeline.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
});
afterAll(() => pipeline.stop());

/** Longer than what PostgreSQL takes as a key, and it does not compress. */
const oversized = randomBytes(12_000).toString('base64');

async function storedIds(): Promise<readonly string[]> {
  const rows = await pipeline.storedRows();
  return rows.map(({ identity }) => identity['container.id'] ?? '').toSorted();
}

describe('points that can never be stored', () => {
  it('cost no other point of their request, and are named with the reason', async () => {
    const timeMs = Date.now();
    const points = [
      { id: 'a', timeMs },
      { id: oversized, timeMs },
      { id: 'b', timeMs },
      { id: 'too old', timeMs: 1000 },
    ];
    const response = await postUntilAnswered(pipeline.writerUrl, containerRequest(points));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '2',
        errorMessage: expect.stringMatching(
          /(refused_row[\s\S]*time_too_old|time_too_old[\s\S]*refused_row)/,
        ),
      },
    });
    expect(await storedIds()).toEqual(['a', 'b']);
  });

  it('do not hold up the Collector, which sends them once', async () => {
    const timeMs = Date.now();
    const ids = Array.from({ length: 20 }, (_, index) => `via-${String(index).padStart(2, '0')}`);
    for (const id of ids) {
      const points = [
        { id: oversized, timeMs },
        { id, timeMs },
        { id: 'too old', timeMs: 1000 },
      ];
      expect((await postMetrics(pipeline.endpoint, containerRequest(points))).status).toBe(200);
    }
    await eventually('all others are stored', async () => {
      const stored = await storedIds();
      return ids.every((id) => stored.includes(id)) || undefined;
    });
    expect(await storedIds()).toEqual(['a', 'b', ...ids]);
    await pipeline.collector.line(/Partial success response/i);
    const failures = pipeline.collector.output().match(/^.*Exporting failed.*$/gim) ?? [];
    // A disk that is too busy at the moment is another reason to send them again.
    expect(failures.filter((line) => !/did not answer in time|deadline exceeded/i.test(line))).toEqual([]);
  });
});
