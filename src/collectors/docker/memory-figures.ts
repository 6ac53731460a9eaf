import type { Engine } from './engine.ts';
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
  if (stats === undefined || traits.memory === undefined) return {};
  const limitBytes = limitOf(stats.limitBytes, memoryBytes, askedForBytes);
  const workingSetBytes = traits.memory === 'working_set' ? stats.usageBytes : workingSetOf(stats);
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

/** The two figures are read one after the other: page cache beyond all usage is none, as docker stats has it. */
function workingSetOf({ usageBytes, inactiveFileBytes }: MemoryStats): number | undefined {
  if (inactiveFileBytes === undefined) return undefined;
  return inactiveFileBytes < usageBytes ? usageBytes - inactiveFileBytes : usageBytes;
}

/** Without a limit engines give the host's memory, or a number of 63 or 64 bits. */
function limitOf(
  limitBytes: number | undefined,
  hostBytes: number | undefined,
  askedForBytes: number | undefined,
): number | undefined {
  if (limitBytes === undefined || !Number.isSafeInteger(limitBytes)) return undefined;
  const isLimit = hostBytes === undefined ? askedForBytes !== undefined : limitBytes < hostBytes;
  return isLimit ? limitBytes : undefined;
}
