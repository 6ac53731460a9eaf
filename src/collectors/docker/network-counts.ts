/** Bytes over one interface, or over several. */
export interface Traffic {
  readonly receiveBytes: number;
  readonly transmitBytes: number;
}

/** What was moved over interfaces of one name in one run of a container. */
interface NamedCounts {
  /** By the interface that has, or had last, the name. */
  readonly last: Traffic;
  /** By those that had it before. */
  readonly former: Traffic;
}

/** By name of interface. */
export type NetworkCounts = ReadonlyMap<string, NamedCounts>;

const none: Traffic = { receiveBytes: 0, transmitBytes: 0 };

/**
 * A container that leaves a network loses the interface and its counts, and finds others under the same name when it
 * joins again; what it moved stays moved.
 *
 * @param before - of the same run of the container.
 */
export function countsAfter(
  before: NetworkCounts | undefined,
  interfaces: Readonly<Record<string, Traffic>>,
): NetworkCounts {
  const counts = new Map(before);
  for (const [name, last] of Object.entries(interfaces)) {
    const was = before?.get(name);
    const former =
      was === undefined ? none : isReplaced(was.last, last) ? sum(was.former, was.last) : was.former;
    counts.set(name, { last, former });
  }
  return counts;
}

/** Undefined where there has never been an interface. */
export function totalOf(counts: NetworkCounts | undefined): Traffic | undefined {
  if (counts === undefined || counts.size === 0) return undefined;
  return [...counts.values()].flatMap(({ last, former }) => [last, former]).reduce(sum);
}

function isReplaced(was: Traffic, now: Traffic): boolean {
  return now.receiveBytes < was.receiveBytes || now.transmitBytes < was.transmitBytes;
}

function sum(one: Traffic, other: Traffic): Traffic {
  return {
    receiveBytes: one.receiveBytes + other.receiveBytes,
    transmitBytes: one.transmitBytes + other.transmitBytes,
  };
}
