import type { AgentVersion } from './shapes/versions.ts';

/** Seconds since the simulation began; what lies before it has a negative number. */
export type Seconds = number;

/** From the first second to just before the second one. */
export interface Span {
  readonly from: Seconds;
  readonly until: Seconds;
}

/** One life of an agent's process. */
export interface ScriptedRun {
  readonly from: Seconds;
  /** When it is gone; undefined where it goes on. */
  readonly until?: Seconds;
  readonly version: AgentVersion;
  /** Seconds that the wake-up takes; 0 for the many templates that have none. */
  readonly wakeup: number;
}

/**
 * answers: as an agent should. hangs: takes every connection and never says a word. refuses_tokens: 401 to each.
 * stopped: on purpose, so that nobody listens.
 */
export type Conduct = 'answers' | 'hangs' | 'refuses_tokens' | 'stopped';

export type CanaryGroup = 'explorer' | 'early_adopter' | 'general';

/** Everything that is ever true of one simulated agent. */
export interface AgentScript {
  readonly agentId: string;
  readonly occurrenceId?: string;
  readonly serverId: string;
  /** As people call it, in the registry. */
  readonly name: string;
  readonly template: string;
  readonly canaryGroup?: CanaryGroup;
  readonly conduct: Conduct;
  /** In order, without overlap. */
  readonly runs: readonly ScriptedRun[];
  /** When its language model answers nothing; in order, without overlap. */
  readonly outages: readonly Span[];
  readonly requestsPerSecond: number;
}

export type CognitiveState = 'wakeup' | 'work' | 'shutdown';
export type Breaker = 'closed' | 'half_open' | 'open';

/** What one process has done since it started. */
export interface LlmFigures {
  readonly requests: number;
  /** Of those, the ones that got no answer, with those that the open breaker turned away. */
  readonly failedRequests: number;
  /** Only those that reached the model and failed there. */
  readonly errors: number;
  readonly tokensInput: number;
  readonly tokensOutput: number;
  readonly costCents: number;
  readonly breaker: Breaker;
}

/** What the agent says of its last 24 hours, with the faults that it says it with. */
export interface ReportedFigures {
  readonly messages: number;
  readonly tokens: number;
  readonly costCents: number;
  readonly energyKwh: number;
  readonly carbonGrams: number;
  /** Points that it has stored, of which its sums see the newest thousand. */
  readonly points: number;
}

/** What is true of an agent that listens, at one moment. */
export interface AgentFigures {
  /** Which of its lives. */
  readonly run: number;
  readonly version: AgentVersion;
  readonly uptimeSeconds: number;
  readonly wakeup: number;
  /** Undefined until the processor is up. */
  readonly state: CognitiveState | undefined;
  readonly llm: LlmFigures;
  readonly messages: number;
  readonly thoughts: number;
  readonly memoryMb: number;
  readonly cpuPercent: number;
  readonly reported: ReportedFigures;
}

/** Seconds of a process's life at which its port opens, its processor stands (in shutdown, as the first state is), and its wake-up begins. */
export const startUp = { listens: 2, processor: 3, awake: 4 } as const;

/** Seconds that a process spends in shutdown before it is gone. */
export const farewell = 2;

const perRequest = { tokensInput: 18_000, tokensOutput: 1_000 } as const;
/** Of one token, in US cents. */
const price = { input: 0.000_02, output: 0.000_03 } as const;
const requestsPerMessage = 4;
const thoughtsPerMessage = 2;
const failuresThatOpen = 5;
/** The open breaker lets one request through each minute, after some seconds of being half open. */
const probe = { every: 60, halfOpen: 5 } as const;
const pointsPerRequest = 8;
/** What 1000 points hold, the most that the agent's own sums see. */
const reportedRequests = 125;

/** When a process begins to work. */
export const workFrom = ({ from, wakeup }: ScriptedRun): Seconds => from + startUp.awake + wakeup;

/** What is true of an agent; undefined while it does not listen. */
export function figuresAt(agent: AgentScript, seconds: Seconds): AgentFigures | undefined {
  const index = agent.runs.findLastIndex(({ from }) => from + startUp.listens <= seconds);
  const run = agent.runs[index];
  if (run === undefined || agent.conduct === 'stopped') return undefined;
  if (run.until !== undefined && run.until <= seconds) return undefined;
  const uptimeSeconds = seconds - run.from;
  const llm = llmAt(agent, run, seconds);
  const messages = Math.floor(llm.requests / requestsPerMessage);
  return {
    run: index,
    version: run.version,
    uptimeSeconds,
    wakeup: run.wakeup,
    state: stateAt(run, seconds),
    llm,
    messages,
    thoughts: messages * thoughtsPerMessage,
    memoryMb: 300 + Math.min(150, Math.floor(uptimeSeconds / 60)),
    cpuPercent: llm.breaker === 'open' ? 2 : 12,
    reported: reportedAt(agent, index, seconds),
  };
}

function stateAt(run: ScriptedRun, seconds: Seconds): CognitiveState | undefined {
  const uptime = seconds - run.from;
  if (uptime < startUp.processor) return undefined;
  const isEnding = run.until !== undefined && run.until - farewell <= seconds;
  if (uptime < startUp.awake || isEnding) return 'shutdown';
  return seconds < workFrom(run) ? 'wakeup' : 'work';
}

/** The time a process has worked, up to a moment. */
function workOf(run: ScriptedRun, seconds: Seconds): Span {
  const end = run.until === undefined ? seconds : Math.min(seconds, run.until - farewell);
  return { from: workFrom(run), until: Math.max(end, workFrom(run)) };
}

function llmAt(agent: AgentScript, run: ScriptedRun, seconds: Seconds): LlmFigures {
  const work = workOf(run, seconds);
  const rate = agent.requestsPerSecond;
  const outages = agent.outages
    .filter(({ from, until }) => from < work.until && until > work.from)
    .map((outage) => ({
      from: Math.max(outage.from, work.from),
      until: Math.min(outage.until, work.until),
      goesOn: outage.until > seconds,
    }));
  const failing = outages.reduce((sum, { from, until }) => sum + until - from, 0);
  const answered = Math.floor((work.until - work.from - failing) * rate);
  const last = outages.at(-1);
  const failedRequests = outages.reduce((sum, { from, until }) => sum + Math.floor((until - from) * rate), 0);
  return {
    requests: answered + failedRequests,
    failedRequests,
    errors: outages.reduce((sum, outage) => sum + errorsIn(outage, rate), 0),
    ...paidFor(answered),
    breaker: last?.goesOn === true ? breakerIn(last, rate) : 'closed',
  };
}

/** What so many answered requests come to. */
function paidFor(requests: number) {
  const tokensInput = requests * perRequest.tokensInput;
  const tokensOutput = requests * perRequest.tokensOutput;
  return { tokensInput, tokensOutput, costCents: tokensInput * price.input + tokensOutput * price.output };
}

/** Seconds since the breaker opened in an outage; negative before. */
const openFor = ({ from, until }: Span, rate: number): number => until - from - failuresThatOpen / rate;

function errorsIn(outage: Span, rate: number): number {
  const direct = Math.floor((outage.until - outage.from) * rate);
  const probes = Math.floor(Math.max(0, openFor(outage, rate)) / probe.every);
  return Math.min(failuresThatOpen, direct) + probes;
}

function breakerIn(outage: Span, rate: number): Breaker {
  const open = openFor(outage, rate);
  if (open < 0) return 'closed';
  return open % probe.every >= probe.every - probe.halfOpen ? 'half_open' : 'open';
}

/** Outlives restarts, counts each token twice, and sees no more than the newest points. */
function reportedAt(agent: AgentScript, index: number, seconds: Seconds): ReportedFigures {
  const lives = agent.runs.slice(0, index + 1).map((run) => llmAt(agent, run, seconds));
  const answered = lives.reduce((sum, { requests, failedRequests }) => sum + requests - failedRequests, 0);
  const seen = Math.min(answered, reportedRequests);
  const { tokensInput, tokensOutput, costCents } = paidFor(seen);
  const tokens = tokensInput + tokensOutput;
  const energyKwh = tokens * 1e-7;
  return {
    messages: Math.floor(seen / requestsPerMessage) * thoughtsPerMessage,
    tokens: tokens * 2,
    costCents,
    energyKwh,
    carbonGrams: energyKwh * 500,
    points: answered * pointsPerRequest,
  };
}
