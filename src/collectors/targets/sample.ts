import type { Micros } from '../../metric/time.ts';

export const tokenStates = ['usable', 'none', 'undecryptable', 'unreadable'] as const;
export type TokenState = (typeof tokenStates)[number];

/** What is known of one agent that should be watched, without asking it. */
export interface AgentTargetSample {
  readonly agentId: string;
  readonly occurrenceId: string;
  readonly serverId: string;
  /** Which source named it: `settings`, `host` or `registry`. */
  readonly source: string;
  /** Undefined where the source says it in a way that cannot be read. */
  readonly expected: boolean | undefined;
  /** Undefined where only asking would tell. */
  readonly tokenState: TokenState | undefined;
  readonly name: string | undefined;
  readonly template: string | undefined;
  readonly canaryGroup: string | undefined;
  readonly deployment: string | undefined;
  /** The version that the manager noted last. */
  readonly version: string | undefined;
  readonly transitionNoted: Micros | undefined;
  readonly timeToWorkSeconds: number | undefined;
  readonly workNoted: Micros | undefined;
}

/** One of the images that the manager has noted for an agent. */
export interface AgentVersionSample {
  readonly agentId: string;
  readonly occurrenceId: string;
  readonly serverId: string;
  readonly slot: 'current' | 'previous' | 'fallback';
  /** As it was ordered: tag or digest form. */
  readonly image: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly guiImage: string | undefined;
  readonly deployedAt: Micros | undefined;
}
