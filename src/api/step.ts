import { bucketSeconds } from '../catalog/rollup.ts';

const day = 86_400;
const roundSteps = [
  1,
  2,
  5,
  10,
  15,
  20,
  30,
  60,
  120,
  300,
  600,
  900,
  1200,
  1800,
  3600,
  7200,
  10_800,
  21_600,
  43_200,
  day,
];

/** The next step that people would choose, in seconds: a whole number of days beyond one day. */
export function roundStep(seconds: number): number {
  return roundSteps.find((step) => step >= seconds) ?? Math.ceil(seconds / day) * day;
}

/** The width of the finest rollup, in seconds. */
const rollup = bucketSeconds['5m'];

/**
 * A step that gives a range at most so many points. A short one rests on the same number of snapshots everywhere; a longer one
 * is of whole rollups, and rests on so many that one more or less is no matter.
 */
export function chooseStep(rangeSeconds: number, intervalSeconds: number, points: number): number {
  const interval = Math.max(1, Math.ceil(intervalSeconds));
  const long = roundStep(Math.max(rangeSeconds / points, interval));
  if (long >= rollup) return long;
  const exact = Math.max(1, Math.ceil(rangeSeconds / points / interval)) * interval;
  const round = roundStep(exact);
  return round % interval === 0 ? round : exact;
}
