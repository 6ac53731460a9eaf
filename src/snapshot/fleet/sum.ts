import type { Counts, Sum } from '../../catalog/fleet-sample.ts';

/**
 * Adds up what is known. A sum over nothing is 0 only where there is nothing to add up.
 * @param unread - sources that could not be read at all, beside those that did not know the figure
 */
export function sumOf(figures: readonly (number | undefined)[], unread = 0): Sum {
  const known = figures.filter((figure) => figure !== undefined);
  const missing = figures.length - known.length + unread;
  const total =
    known.length === 0 && missing > 0 ? undefined : known.reduce((sum, figure) => sum + figure, 0);
  return { total, included: known.length, missing };
}

export function countEach(words: readonly (string | undefined)[]): Counts {
  const counts: Record<string, number> = {};
  for (const word of words) if (word !== undefined) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
