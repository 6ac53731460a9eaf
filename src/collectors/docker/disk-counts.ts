import { type DiskFigures, type StackFigures, sumOf } from './disk-figures.ts';

/** What went through devices of the same numbers in one run of a container. */
interface StackCounts {
  readonly devices: readonly string[];
  /** Through the devices that have, or had last, these numbers. */
  readonly last: DiskFigures;
  /** Through those that had them before. */
  readonly former: DiskFigures;
}

export type DiskCounts = readonly StackCounts[];

const none: DiskFigures = { readBytes: undefined, writeBytes: undefined };

/**
 * A device that is taken away takes its counts along, and one that comes under its number begins at zero; what went through stays moved.
 * Where all are others than before, the engine numbers them otherwise, as another version of Podman does.
 *
 * @param before - of the same run of the container.
 */
export function diskCountsAfter(before: DiskCounts | undefined, stacks: readonly StackFigures[]): DiskCounts {
  const known = new Map(before?.map((counts) => [counts.devices.join(), counts]));
  const now = stacks.map(({ devices, ...last }) => {
    const was = known.get(devices.join());
    const former =
      was === undefined ? none : isReplaced(was.last, last) ? sumOf([was.former, was.last]) : was.former;
    return { devices, last, former };
  });
  const seen = new Set(stacks.flatMap(({ devices }) => devices));
  const gone = before?.filter(({ devices }) => !devices.some((device) => seen.has(device))) ?? [];
  const areOthers = seen.size > 0 && gone.length === before?.length;
  return areOthers ? now : [...now, ...gone];
}

export function diskTotalOf(counts: DiskCounts): DiskFigures {
  return sumOf(counts.flatMap(({ last, former }) => [last, former]));
}

function isReplaced(was: DiskFigures, now: DiskFigures): boolean {
  const fell = (key: keyof DiskFigures): boolean => (now[key] ?? Number.POSITIVE_INFINITY) < (was[key] ?? 0);
  return fell('readBytes') || fell('writeBytes');
}
