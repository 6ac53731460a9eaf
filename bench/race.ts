import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { figureText, type Result } from './result.ts';

/** One of several ways to do the same work. */
export interface Contender {
  readonly name: string;
  /** Brings about what the round works on; not measured. */
  readonly prepare?: (round: number) => unknown;
  readonly work: (round: number) => unknown;
}

/** Median milliseconds of one round. */
export interface Finish {
  readonly name: string;
  readonly ms: number;
}

export interface RaceOutcome {
  readonly ours: Finish;
  readonly peers: readonly Finish[];
}

const warmUpRounds = 5;

/** Runs ours and its peers by turns, so that whatever else the machine does hits them alike. */
export async function race(
  rounds: number,
  ours: Contender,
  peers: readonly Contender[] = [],
): Promise<RaceOutcome> {
  const lanes = [ours, ...peers].map((contender) => ({ contender, times: [] as number[] }));
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    for (const { contender, times } of lanes) {
      await contender.prepare?.(round);
      emptyNursery();
      const begun = performance.now();
      await contender.work(round);
      const took = performance.now() - begun;
      if (round >= warmUpRounds) times.push(took);
    }
  }
  const [first, ...others] = lanes.map(({ contender, times }) => ({
    name: contender.name,
    ms: quantile(times, 0.5),
  }));
  return { ours: first ?? { name: ours.name, ms: Number.NaN }, peers: others };
}

/** Of a list that is not empty; 0.5 is the median. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export interface RaceReport extends Pick<Result, 'bench' | 'case' | 'unit'> {
  /** From the milliseconds of a round to the figure that is reported. */
  readonly figure: (ms: number) => number;
}

/** One result per peer; one without a peer where there is none. */
export function resultsOf({ ours, peers }: RaceOutcome, report: RaceReport): readonly Result[] {
  const { bench, case: name, unit, figure } = report;
  const result = { bench, case: name, value: figure(ours.ms), unit };
  if (peers.length === 0) return [result];
  return peers.map((peer) => ({
    ...result,
    peer: `${peer.name}: ${figureText(figure(peer.ms))} ${unit}`,
    ratio: peer.ms / ours.ms,
  }));
}

setFlagsFromString('--expose-gc');
const gc: unknown = runInNewContext('gc');

/**
 * So that nobody pays for the short-lived garbage of another. A full collection would also throw away compiled code, and
 * measure a cold start.
 */
function emptyNursery(): void {
  if (typeof gc === 'function') gc({ type: 'minor' });
}
