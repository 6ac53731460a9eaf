import { setFlagsFromString } from 'node:v8';

export interface Windows {
  /** Starting makes every process busy, and is no sign of what comes. */
  readonly startUpMs: number;
  readonly windowMs: number;
}

const usual: Windows = { startUpMs: 20_000, windowMs: 10_000 };

/** Of a core, over a window. A process that watches thirty containers every ten seconds takes a hundredth. */
const busyShare = 0.08;

/**
 * Leaves V8's optimizing compiler out until this process is busy: to have compiled anything with it, be it only what the start takes,
 * costs 10 MB for good, and saves a process that rests nothing.
 */
export function compileOnceBusy({ startUpMs, windowMs }: Windows = usual): void {
  setFlagsFromString('--no-opt');
  setTimeout(() => {
    let before = process.cpuUsage();
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage(before);
      before = process.cpuUsage();
      if ((user + system) / 1000 < busyShare * windowMs) return;
      setFlagsFromString('--opt');
      clearInterval(timer);
    }, windowMs).unref();
  }, startUpMs).unref();
}
