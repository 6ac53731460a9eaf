import type { Micros } from '../../metric/time.ts';

export const agentHealths = ['healthy', 'degraded', 'critical', 'initializing', 'unknown'] as const;
export type AgentHealth = (typeof agentHealths)[number];

export const cognitiveStates = [
  'wakeup',
  'work',
  'play',
  'solitude',
  'dream',
  'shutdown',
  'setup',
  'wakeup_error',
  'unknown',
] as const;
export type CognitiveState = (typeof cognitiveStates)[number];

/** What became of our credential: accepted, refused as a token or as a role, or not there to be sent. */
export const accessStates = [
  'authorized',
  'unauthorized',
  'forbidden',
  'token_missing',
  'token_unusable',
] as const;
export type AccessState = (typeof accessStates)[number];

export const breakerStates = ['closed', 'half_open', 'open', 'unknown'] as const;
export type BreakerState = (typeof breakerStates)[number];

export const severities = ['info', 'warning', 'error', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export const endpointNames = ['health', 'unified', 'overview', 'status'] as const;
export type EndpointName = (typeof endpointNames)[number];

/** Every way in which a request can fail, each told apart in `error.type`. */
export const failureTypes = [
  'connect_timeout',
  'headers_timeout',
  'body_timeout',
  'connection_refused',
  'connection_reset',
  'name_unknown',
  'unreachable',
  'tls_failed',
  'redirect',
  'unauthorized',
  'forbidden',
  'not_found',
  'rate_limited',
  'client_error',
  'server_error',
  'not_json',
  'too_large',
  'unreadable',
  'other',
] as const;
export type FailureType = (typeof failureTypes)[number];

/** Whose figures: the triple that tells agents apart. */
export interface OfAgent {
  readonly agentId: string;
  readonly occurrenceId: string;
  readonly serverId: string;
}

export const identity = {
  'ciris.server.id': { brief: 'The host on which the agent runs.', read: (s: OfAgent) => s.serverId },
  'ciris.agent.id': { brief: 'The agent, as its manager calls it.', read: (s: OfAgent) => s.agentId },
  'ciris.agent.occurrence.id': {
    brief: 'Which of several occurrences of the agent.',
    read: (s: OfAgent) => s.occurrenceId,
  },
};

/** What an agent says of itself with its health. */
export interface Vitals {
  readonly health: AgentHealth | undefined;
  readonly degraded: boolean | undefined;
  readonly state: CognitiveState | undefined;
  /** Seconds since the state was seen to change. */
  readonly stateSeconds: number | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly warnings: Readonly<Record<Severity, number>> | undefined;
  readonly providersHealthy: number | undefined;
  readonly providersUnhealthy: number | undefined;
  readonly version: string | undefined;
}

export const noVitals: Vitals = {
  health: undefined,
  degraded: undefined,
  state: undefined,
  stateSeconds: undefined,
  uptimeSeconds: undefined,
  warnings: undefined,
  providersHealthy: undefined,
  providersUnhealthy: undefined,
  version: undefined,
};

/** What one collection knows of one agent; what it does not know is undefined. */
export interface AgentSample extends OfAgent, Vitals {
  /** Whether it answered just now; undefined when it was not asked. */
  readonly reachable: boolean | undefined;
  /** The same, once several answers in a row agree. */
  readonly up: boolean | undefined;
  readonly access: AccessState | undefined;
  readonly responseSeconds: number | undefined;
  readonly codeName: string | undefined;
  readonly codeHash: string | undefined;
  /** A failure type, or `no_address`; undefined while all goes well. */
  readonly errorType: string | undefined;
  readonly requests: Readonly<Partial<Record<EndpointName, number>>>;
  readonly failures: Readonly<Partial<Record<FailureType, number>>>;
  /** Requests with a token that may still be sent within this minute. */
  readonly allowance: number | undefined;
  /** What the agent says is left of its own limit, for all who ask from here. */
  readonly rateLimitRemaining: number | undefined;
  /** When the requests began to be counted. */
  readonly watchedSince: Micros | undefined;
}

/** What is known of an agent that was not asked; `no_address` where nobody says where it answers. */
export function unaskedSample({ agentId, occurrenceId, serverId }: OfAgent): AgentSample {
  return {
    ...{ agentId, occurrenceId, serverId },
    reachable: undefined,
    up: undefined,
    access: undefined,
    ...noVitals,
    responseSeconds: undefined,
    codeName: undefined,
    codeHash: undefined,
    errorType: 'no_address',
    requests: {},
    failures: {},
    allowance: undefined,
    rateLimitRemaining: undefined,
    watchedSince: undefined,
  };
}

/** What an agent counts since its process started; `llmCost` is in US dollars. */
export type CountName =
  | 'llmRequests'
  | 'llmTokensInput'
  | 'llmTokensOutput'
  | 'llmCost'
  | 'llmErrors'
  | 'llmFailedRequests'
  | 'messages'
  | 'thoughts'
  | 'stateTransitions';

/** What an agent measures at one moment. */
export interface UsageLevels {
  readonly breakersOpen: number | undefined;
  readonly llmBreaker: BreakerState | undefined;
  readonly queueSize: number | undefined;
  readonly servicesOnline: number | undefined;
  readonly servicesOffline: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly cpuCores: number | undefined;
}

export interface UsageSample extends OfAgent, UsageLevels {
  /** What is not known is not there. */
  readonly counts: ReadonlyMap<CountName, number>;
  readonly start: Micros | undefined;
}

/** What an agent reports of its last hour and its last 24 hours, and of this moment. */
export interface ReportFigures {
  readonly carbonHour: number | undefined;
  readonly carbonDay: number | undefined;
  /** Joules. */
  readonly energyHour: number | undefined;
  readonly energyDay: number | undefined;
  /** US dollars. */
  readonly costHour: number | undefined;
  readonly costDay: number | undefined;
  readonly tasksDay: number | undefined;
  readonly deferrals: number | undefined;
  readonly points: number | undefined;
}

export interface ReportSample extends OfAgent, ReportFigures {}

/** What an agent says of one of its services; several of one name are one. */
export interface ServiceFigures {
  readonly name: string;
  readonly healthy: boolean | undefined;
  readonly errors: number | undefined;
  readonly requests: number | undefined;
}

export interface ServiceSample extends OfAgent, ServiceFigures {
  readonly start: Micros | undefined;
}
