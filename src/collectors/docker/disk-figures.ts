import type { BlockDevices } from './block-devices.ts';

/** Bytes; undefined where the engine does not say. */
export interface DiskFigures {
  readonly readBytes: number | undefined;
  readonly writeBytes: number | undefined;
}

/** What went through one block device. */
export interface DeviceTraffic extends DiskFigures {
  /** Its number, as the engine gives it. */
  readonly device: string;
}

/** What went through devices that stand on each other. */
export interface StackFigures extends DiskFigures {
  /** Their numbers, in order. */
  readonly devices: readonly string[];
}

/**
 * The kernel counts the same bytes for each of several devices that stand on each other: of those, once.
 *
 * @param devices - undefined where they cannot be looked at, as those of another machine: then all are taken for disks.
 */
export function stackFiguresOf(
  traffic: readonly DeviceTraffic[],
  devices: BlockDevices | undefined,
): readonly StackFigures[] {
  const stacks =
    devices === undefined || traffic.length < 2 ? traffic.map(alone) : stacksOf(traffic, devices);
  return stacks.map((stack) => ({
    devices: stack.all.map(({ device }) => device).sort(),
    readBytes: throughStack(stack, 'readBytes'),
    writeBytes: throughStack(stack, 'writeBytes'),
  }));
}

/** What is not known of some is known of the others. */
export function sumOf(figures: readonly DiskFigures[]): DiskFigures {
  return {
    readBytes: sum(figures.map(({ readBytes }) => readBytes)),
    writeBytes: sum(figures.map(({ writeBytes }) => writeBytes)),
  };
}

/** Devices that stand on each other, or on the same ones. */
interface Stack {
  readonly all: readonly DeviceTraffic[];
  /** Those on which no other stands, and those that stand on no other. */
  readonly tops: readonly DeviceTraffic[];
  readonly bottoms: readonly DeviceTraffic[];
}

const alone = (one: DeviceTraffic): Stack => ({ all: [one], tops: [one], bottoms: [one] });

/**
 * More may go into the disks than into what stands on them, as a disk may also be used directly, or be a copy; and less, as the kernel
 * does not know for whom some kinds of RAID write. Neither sum ever falls, so the larger one does not either.
 */
function throughStack({ tops, bottoms }: Stack, key: keyof DiskFigures): number | undefined {
  const sums = [tops, bottoms].map((level) => sum(level.map((each) => each[key])));
  const known = sums.filter((each) => each !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function stacksOf(traffic: readonly DeviceTraffic[], devices: BlockDevices): readonly Stack[] {
  const numbers = new Map(traffic.map(({ device }) => [device, devices.numberOf(device)] as const));
  const isOn = (upper: DeviceTraffic, lower: DeviceTraffic): boolean => {
    const [above, below] = [numbers.get(upper.device), numbers.get(lower.device)];
    return above !== undefined && below !== undefined && devices.below(above).has(below);
  };
  let groups: readonly (readonly DeviceTraffic[])[] = [];
  for (const one of traffic) {
    const isRelated = (group: readonly DeviceTraffic[]): boolean =>
      group.some((other) => isOn(one, other) || isOn(other, one));
    groups = [...groups.filter((group) => !isRelated(group)), [one, ...groups.filter(isRelated).flat()]];
  }
  return groups.map((group) => ({
    all: group,
    tops: group.filter((one) => !group.some((other) => isOn(other, one))),
    bottoms: group.filter((one) => !group.some((other) => isOn(one, other))),
  }));
}

function sum(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, figure) => total + figure, 0);
}
