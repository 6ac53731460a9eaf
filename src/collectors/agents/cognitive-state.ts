import { type AgentHealth, agentHealths, type CognitiveState, cognitiveStates } from './sample.ts';

/** A word of an agent as one of a closed set. */
export interface Word<T> {
  readonly value: T;
  /** The word, where it is in no version that is known and short enough to be shown. */
  readonly strange: string | undefined;
}

/** `work`, `WORK` and `AgentState.WORK` are one; null and `UNKNOWN` say that there is none yet. */
export function readState(word: string | undefined): Word<CognitiveState> {
  const bare = word?.slice(word.lastIndexOf('.') + 1).toLowerCase();
  return oneOf(cognitiveStates, bare, word);
}

export function readHealth(word: string | undefined): Word<AgentHealth> {
  return oneOf(agentHealths, word?.toLowerCase(), word);
}

function oneOf<T extends string>(
  set: readonly (T | 'unknown')[],
  bare: string | undefined,
  word: string | undefined,
): Word<T | 'unknown'> {
  const known = set.find((each) => each === bare);
  if (known !== undefined || word === undefined) return { value: known ?? 'unknown', strange: undefined };
  return { value: 'unknown', strange: /^[A-Za-z_.]{1,32}$/.test(word) ? word : 'a word that is not shown' };
}
