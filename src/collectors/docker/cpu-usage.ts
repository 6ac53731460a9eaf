import type { Micros } from '../../metric/time.ts';
import type { Traits } from './engine.ts';
import type { CpuStats } from './stats-answer.ts';

/** CPU time at one moment, with the times of the request on our clock that never jumps. */
export interface CpuReading {
  /** By the engine's clock. */
  readonly readAt: Micros;
  readonly totalNanos: number;
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** How much older than its request a reading may be: old engines read once a second. */
const staleMs = 1500;
/** Shorter gaps tell more about when the engine read its clock than about the container. */
const shortestGapMs = 100;

/** Cores in use on average between two readings; undefined where that cannot be told. */
export function coresBetween(before: CpuReading | undefined, now: CpuReading): number | undefined {
  if (before === undefined || now.totalNanos < before.totalNanos) return undefined;
  const gapMs = (now.readAt - before.readAt) / 1000;
  // An engine whose clock was set between the readings gives a gap that cannot be.
  const leastMs = now.sentMs - before.receivedMs - staleMs;
  const mostMs = now.receivedMs - before.sentMs + staleMs;
  if (gapMs < Math.max(shortestGapMs, leastMs) || gapMs > mostMs) return undefined;
  return (now.totalNanos - before.totalNanos) / 1e6 / gapMs;
}

export interface CpuSeconds {
  readonly user: number | undefined;
  readonly system: number | undefined;
}

/** The two modes in seconds; undefined where the engine's unit is not certain. */
export function cpuSecondsOf(cpu: CpuStats | undefined, { kernelModeNanos }: Traits): CpuSeconds {
  const none = { user: undefined, system: undefined };
  if (cpu?.kernelMode === undefined || kernelModeNanos === undefined) return none;
  const system = cpu.kernelMode * kernelModeNanos;
  // Where the engine mistakes the unit of one mode, what it calls the other is of no use.
  const user = kernelModeNanos === 1 ? cpu.userMode : cpu.total - system;
  if (user === undefined || user < 0) return none;
  // No process runs without either: runtimes that run containers in a sandbox know no modes, and say 0 for both.
  return user + system === 0 ? none : { user: user / 1e9, system: system / 1e9 };
}
