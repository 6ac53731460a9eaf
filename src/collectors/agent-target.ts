import type { Micros } from '../metric/time.ts';
import type { Finding } from './collector.ts';

/** What the agents themselves call an occurrence that was given no id. */
export const noOccurrence = 'default';

/** Which agent: the same agent id can run several times, on one host or on several. */
export interface AgentIdentity {
  readonly agentId: string;
  /** `default` where there is none. */
  readonly occurrenceId: string;
  readonly serverId: string;
}

/** The credential of an agent, or why there is none. Never logged, never kept longer than a request needs it. */
export type TokenReading =
  | { readonly outcome: 'token'; readonly token: string }
  /** Nobody has given one. */
  | { readonly outcome: 'none' }
  /** There is one, and it cannot be used: in words, without the text itself. */
  | { readonly outcome: 'unusable'; readonly message: string };

/** An agent that should be watched, and where it answers. */
export interface AgentTarget extends AgentIdentity {
  /** `http://host:port`, without a path; undefined where nobody says where the agent listens. */
  readonly url: string | undefined;
  /** False for one that was stopped on purpose. */
  readonly expected: boolean;
  /** @param fresh - reads the credential anew from its source, after the agent refused the one that was known. */
  readonly token: (options: {
    readonly fresh: boolean;
    readonly signal: AbortSignal;
  }) => Promise<TokenReading>;
}

/** All agents to watch, as one reading of the sources says. */
export interface Targets {
  readonly targets: readonly AgentTarget[];
  readonly findings: readonly Finding[];
}

/** The targets of the snapshot of this time; asked twice for one time, it reads once. */
export type ReadTargets = (time: Micros, signal: AbortSignal) => Promise<Targets>;
