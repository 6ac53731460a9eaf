import type { KernelFigures } from './cgroup.ts';
import type { Container } from './container.ts';

/** The CPU time that the kernel counted for a container, many times, so that any window of ours can be held against it. */
export interface KernelRecord extends Disposable {
  /** What it had counted at a time in Unix milliseconds. */
  at(time: number): Counted;
  /** Cores in use on average between two times in Unix milliseconds. */
  rate(from: number, to: number): number;
}

/** What grows all the time. */
export type Counted = Pick<KernelFigures, 'cpuSeconds' | 'cpuUserSeconds' | 'uptimeSeconds'>;

const everyMs = 100;

export function recordKernel(container: Container): KernelRecord {
  const readings: (Counted & { readonly time: number })[] = [];
  const read = () => readings.push({ time: Date.now(), ...container.kernel() });
  read();
  const timer = setInterval(read, everyMs);
  const at = (time: number): Counted => {
    read();
    const index = readings.findIndex((reading) => reading.time >= time);
    const [before, after] = [readings[index - 1], readings[index]];
    if (before === undefined || after === undefined) throw new Error('The kernel was not read at that time');
    const share = (time - before.time) / (after.time - before.time);
    const between = (name: keyof Counted): number => before[name] + share * (after[name] - before[name]);
    return {
      cpuSeconds: between('cpuSeconds'),
      cpuUserSeconds: between('cpuUserSeconds'),
      uptimeSeconds: between('uptimeSeconds'),
    };
  };
  return {
    at,
    rate: (from, to) => (at(to).cpuSeconds - at(from).cpuSeconds) / ((to - from) / 1000),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
