import type { AgentFigures, AgentScript } from '../script.ts';
import { shapes, type VersionShape } from './versions.ts';

/** What an answer is made from. */
export interface Moment {
  readonly agent: AgentScript;
  readonly figures: AgentFigures;
  readonly shape: VersionShape;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function momentOf(agent: AgentScript, figures: AgentFigures, now: number): Moment {
  return { agent, figures, shape: shapes[figures.version], now };
}

export type Answer = Readonly<Record<string, unknown>>;

/** As Python writes a time in UTC: with microseconds and an offset. */
export const pythonTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000+00:00');

/** As a few answers write it, with Z instead. */
export const zuluTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** The wrapping of most answers; those of telemetry carry a request id. */
export function envelope(data: Answer, { now }: Moment, requestId?: string): Answer {
  const duration = requestId === undefined ? null : 0;
  return {
    data,
    metadata: { timestamp: pythonTime(now), request_id: requestId ?? null, duration_ms: duration },
  };
}
