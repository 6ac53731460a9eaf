import type { CognitiveState } from './sample.ts';

/** An agent that has just started says shutdown until its processor runs. */
const startSeconds = 60;

/** Follows the cognitive state of one process, by a clock that never jumps. */
export class StateWatch {
  #state: CognitiveState | undefined;
  #changedAt: number | undefined;

  /** A process that has just started has been in no state that was seen. */
  restart(): void {
    this.#state = undefined;
    this.#changedAt = undefined;
  }

  see(said: CognitiveState, uptimeSeconds: number | undefined, monotonicMs: number): CognitiveState {
    const state = this.#isStart(said, uptimeSeconds) ? 'unknown' : said;
    const isNews = state !== this.#state && (state !== 'unknown' || this.#state === undefined);
    if (isNews && this.#state !== undefined) this.#changedAt = monotonicMs;
    if (isNews) this.#state = state;
    return state;
  }

  /** Seconds since the present state was seen to begin; undefined when that was not seen. */
  secondsSince(monotonicMs: number): number | undefined {
    return this.#changedAt === undefined ? undefined : (monotonicMs - this.#changedAt) / 1000;
  }

  #isStart(said: CognitiveState, uptimeSeconds: number | undefined): boolean {
    const hasRun = this.#state !== undefined && this.#state !== 'unknown';
    return said === 'shutdown' && !hasRun && uptimeSeconds !== undefined && uptimeSeconds < startSeconds;
  }
}
