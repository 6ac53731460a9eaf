import type { Finding } from '../collector.ts';
import type { HealthAnswer } from './health-answer.ts';

/** A word that is new each time would be logged each time. */
const mostShown = 3;

/** The words of one agent that no version known here uses. */
export class StrangeWords {
  readonly #name: string;
  readonly #shown = new Set<string>();

  constructor(name: string) {
    this.#name = name;
  }

  findingsOf({ health, state }: HealthAnswer): readonly Finding[] {
    const words = [
      { what: 'health', word: health.strange },
      { what: 'cognitive state', word: state.strange },
    ];
    return words.flatMap(({ what, word }) => {
      if (word === undefined) return [];
      const message = `${this.#name} calls its ${what} ${this.#shownOf(word)}, which no version known here does; it counts as unknown`;
      return [{ kind: 'agent_word_unknown', message }];
    });
  }

  #shownOf(word: string): string {
    if (this.#shown.size < mostShown) this.#shown.add(word);
    return this.#shown.has(word) ? word : 'ever other words';
  }
}
