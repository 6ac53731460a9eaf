import type { Micros } from '../../metric/time.ts';
import type { CognitiveState } from './sample.ts';

/** An agent that has just started says shutdown until its processor runs. */
const startSeconds = 60;

/** Follows the cognitive state of one process. */
export class StateWatch {
  #state: CognitiveState | undefined;
  #changedAt: Micros | undefined;

  /** A process that has just started has been in no state that was seen. */
  restart(): void {
    this.#state = undefined;
    this.#changedAt = undefined;
  }

  see(said: CognitiveState, uptimeSeconds: number | undefined, time: Micros): CognitiveState {
    const state = this.#isStart(said, uptimeSeconds) ? 'unknown' : said;
    const isNews = state !== this.#state && (state !== 'unknown' || this.#state === undefined);
    if (isNews && this.#state !== undefined) this.#changedAt = time;
    if (isNews) this.#state = state;
    return state;
  }

  /** Seconds since the present state was seen to begin; undefined when that was not seen. */
  secondsSince(time: Micros): number | undefined {
    return this.#changedAt === undefined ? undefined : Math.max(0, (time - this.#changedAt) / 1e6);
  }

  #isStart(said: CognitiveState, uptimeSeconds: number | undefined): boolean {
    const hasRun = this.#state !== undefined && this.#state !== 'unknown';
    return said === 'shutdown' && !hasRun && uptimeSeconds !== undefined && uptimeSeconds < startSeconds;
  }
}
