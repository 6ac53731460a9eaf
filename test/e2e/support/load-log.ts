import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { z } from 'zod';
import type { Micros } from '../../../src/metric/time.ts';

/**
 * What an exporter says of its snapshots, written so that it survives the exporter's own SIGKILL: `taken` before anything is done with
 * one, `kept` once the spool has it for good. What is kept must be stored; what is stored must have been taken.
 */
export interface LoadLog {
  taken(time: Micros): void;
  kept(time: Micros): void;
}

/** A line that the last process was killed in is taken out. */
export function openLoadLog(path: string): LoadLog {
  if (existsSync(path)) truncateSync(path, readFileSync(path).lastIndexOf('\n') + 1);
  const write = (what: Line['what'], time: Micros): void =>
    appendFileSync(path, `${JSON.stringify({ what, time })}\n`);
  return { taken: (time) => write('taken', time), kept: (time) => write('kept', time) };
}

const line = z.object({ what: z.enum(['taken', 'kept']), time: z.int() });
type Line = z.infer<typeof line>;

export interface Logged {
  readonly taken: readonly Micros[];
  readonly kept: readonly Micros[];
}

/** What it has said so far; of a line that is being written, nothing. */
export function readLoadLog(path: string): Logged {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = text.split('\n').slice(0, -1);
  const parsed = lines.map((each) => line.parse(JSON.parse(each)));
  const timesOf = (what: Line['what']) => parsed.filter((each) => each.what === what).map(({ time }) => time);
  return { taken: timesOf('taken'), kept: timesOf('kept') };
}
