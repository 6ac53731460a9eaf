import type { Engine, Traits } from './engine.ts';
import type { MemoryStats } from './stats-answer.ts';

export interface MemoryFigures {
  readonly usageBytes?: number | undefined;
  readonly workingSetBytes?: number | undefined;
  readonly limitBytes?: number | undefined;
  readonly availableBytes?: number | undefined;
}

/** @param askedForBytes - the limit in the container's configuration. */
export function memoryFiguresOf(
  stats: MemoryStats | undefined,
  { memoryBytes, traits }: Engine,
  askedForBytes: number | undefined,
): MemoryFigures {
  if (stats === undefined) return {};
  const limitBytes = limitOf(stats.limitBytes, memoryBytes, askedForBytes);
  const workingSetBytes = workingSetOf(stats, traits);
  return {
    usageBytes: traits.memory === 'usage' ? stats.usageBytes : undefined,
    workingSetBytes,
    limitBytes,
    availableBytes:
      limitBytes === undefined || workingSetBytes === undefined
        ? undefined
        : Math.max(0, limitBytes - workingSetBytes),
  };
}

function workingSetOf(
  { usageBytes, inactiveFileBytes }: MemoryStats,
  { memory }: Traits,
): number | undefined {
  if (memory === 'working_set') return usageBytes;
  if (memory === undefined || inactiveFileBytes === undefined) return undefined;
  // The two are read one after the other: page cache beyond all usage is none, as docker stats has it.
  return inactiveFileBytes < usageBytes ? usageBytes - inactiveFileBytes : usageBytes;
}

/** Without a limit engines give the host's memory, a number of 63 or 64 bits, or one below zero. */
function limitOf(
  limitBytes: number | undefined,
  hostBytes: number | undefined,
  askedForBytes: number | undefined,
): number | undefined {
  if (limitBytes === undefined || limitBytes < 0 || !Number.isSafeInteger(limitBytes)) return undefined;
  const isLimit = hostBytes === undefined ? askedForBytes !== undefined : limitBytes < hostBytes;
  return isLimit ? limitBytes : undefined;
}
