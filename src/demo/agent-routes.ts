import type { AgentScript } from './script.ts';
import { agentStatus } from './shapes/agent-status.ts';
import { health, rootHealth } from './shapes/health.ts';
import type { Answer, Moment } from './shapes/moment.ts';
import { overview } from './shapes/overview.ts';
import { startupStatus } from './shapes/startup-status.ts';
import { unified, unifiedCacheSeconds } from './shapes/unified.ts';

/** Seconds for which the sums of `overview` are served again. */
const overviewCacheSeconds = 60;

export interface Route {
  /** Answers without a token. */
  readonly open: boolean;
  /** Does not count for the rate limit. */
  readonly exempt: boolean;
  /** Undefined where the version has no such route. */
  readonly answer: (moment: Moment) => Answer | undefined;
}

/** The routes of one agent, with what it keeps between calls: a new process keeps nothing of the old one. */
export class AgentRoutes {
  readonly #agent: AgentScript;
  readonly #routes: ReadonlyMap<string, Route>;
  #unified: Moment | undefined;
  #overview: Moment | undefined;

  constructor(agent: AgentScript) {
    this.#agent = agent;
    const guarded = { open: false, exempt: false };
    this.#routes = new Map<string, Route>([
      ['/health', { open: true, exempt: false, answer: rootHealth }],
      ['/v1/system/health', { open: true, exempt: true, answer: health }],
      ['/v1/system/startup-status', { open: true, exempt: false, answer: startupStatus }],
      ['/v1/agent/status', { ...guarded, answer: agentStatus }],
      ['/v1/telemetry/unified', { ...guarded, answer: (moment) => this.#answerUnified(moment) }],
      ['/v1/telemetry/overview', { ...guarded, answer: (moment) => this.#answerOverview(moment) }],
    ]);
  }

  /** @param path - without a query; what a proxy puts before it, `/api/<agent id>`, is passed over. */
  find(path: string): Route | undefined {
    const prefix = `/api/${this.#agent.agentId}`;
    return this.#routes.get(path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path);
  }

  #answerUnified(moment: Moment): Answer {
    this.#unified = stillGood(this.#unified, moment, unifiedCacheSeconds) ?? moment;
    return unified(this.#unified, moment.now);
  }

  #answerOverview(moment: Moment): Answer {
    this.#overview = stillGood(this.#overview, moment, overviewCacheSeconds) ?? moment;
    return overview(moment, this.#overview.figures.reported);
  }
}

function stillGood(kept: Moment | undefined, { figures, now }: Moment, seconds: number): Moment | undefined {
  const isGood = kept?.figures.run === figures.run && now - kept.now < seconds * 1000;
  return isGood ? kept : undefined;
}
