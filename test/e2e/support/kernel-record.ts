import type { Container } from './container.ts';

/** The CPU time that the kernel counted for a container, many times, so that any window of ours can be held against it. */
export interface KernelRecord extends Disposable {
  /** Cores in use on average between two times in Unix milliseconds. */
  rate(from: number, to: number): number;
}

const everyMs = 100;

export function recordKernel(container: Container): KernelRecord {
  const readings: { readonly time: number; readonly cpuSeconds: number }[] = [];
  const read = () => readings.push({ time: Date.now(), cpuSeconds: container.kernel().cpuSeconds });
  read();
  const timer = setInterval(read, everyMs);
  const at = (time: number): number => {
    const index = readings.findIndex((reading) => reading.time >= time);
    const [before, after] = [readings[index - 1], readings[index]];
    if (before === undefined || after === undefined) throw new Error('The kernel was not read at that time');
    const share = (time - before.time) / (after.time - before.time);
    return before.cpuSeconds + share * (after.cpuSeconds - before.cpuSeconds);
  };
  return {
    rate: (from, to) => {
      read();
      return (at(to) - at(from)) / ((to - from) / 1000);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
