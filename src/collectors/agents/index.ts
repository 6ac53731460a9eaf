import type { z } from 'zod';
import { toRow } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { AgentIdentity, AgentTarget, ReadTargets } from '../agent-target.ts';
import type { CollectContext, Collected, Collector } from '../collector.ts';
import { parseOptions } from '../parse-options.ts';
import { AgentClient } from './client.ts';
import { agent } from './metrics.ts';
import { type AgentsOptions, agentsOptions } from './options.ts';
import { agentReport } from './report-metrics.ts';
import { RequestBudgets } from './request-budget.ts';
import { unaskedSample } from './sample.ts';
import { agentService } from './service-metrics.ts';
import { AgentSession, type Found } from './session.ts';
import { late, Slots } from './slots.ts';
import { agentUsage } from './usage-metrics.ts';
import { nameOf } from './wording.ts';

export interface AgentsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly targets: ReadTargets;
}

/**
 * Asks each agent for its health, and with its token for what it counts. Opens nothing before the first collection.
 * Throws a TelemetryError `setting_invalid` for options that cannot be used.
 */
export function createAgentsCollector(options: z.input<typeof agentsOptions>, deps: AgentsDeps): Collector {
  const data = parseOptions(agentsOptions, options, 'the collector of agents');
  return new AgentsCollector(data, deps);
}

/** A healthy agent answers in less; one that does not must not keep others waiting. */
const turnMs = 500;
const overviewsAtOnce = 4;

class AgentsCollector implements Collector {
  readonly name = 'agents';
  readonly entities = [agent, agentUsage, agentReport, agentService];
  readonly #options: AgentsOptions;
  readonly #deps: AgentsDeps;
  readonly #client: AgentClient;
  readonly #turns: Slots;
  readonly #overviews: Slots;
  readonly #budgets: RequestBudgets;
  #sessions: ReadonlyMap<string, AgentSession> = new Map();

  constructor(options: AgentsOptions, deps: AgentsDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#client = new AgentClient({ connectTimeoutMs: options.connectTimeout * 1000, clock: deps.clock });
    this.#budgets = new RequestBudgets(options.requestsPerMinute, deps.clock);
    this.#turns = new Slots({ size: options.concurrency, holdMs: turnMs });
    this.#overviews = new Slots({ size: overviewsAtOnce, holdMs: options.overviewTimeout * 1000 });
  }

  async collect({ time, budgetMs, signal }: CollectContext): Promise<Collected> {
    const reason = new TelemetryError('timeout', 'the time for this collection is up');
    return withinTime({ ms: budgetMs, reason, signal }, async (own) => {
      const { targets } = await untilAborted(this.#deps.targets(time, own), own);
      const distinct = [...new Map(targets.map((target) => [keyOf(target), target])).values()];
      await this.#keepOnly(distinct);
      const found = await Promise.all(distinct.map((target) => this.#read(target, time, own)));
      return {
        rows: found.flatMap(({ rows }) => rows),
        problems: found.flatMap(({ problems }) => problems),
        findings: found.flatMap(({ findings }) => findings),
      };
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    await this.#client.close();
  }

  async #read(target: AgentTarget, time: Micros, signal: AbortSignal): Promise<Found> {
    const session = this.#sessions.get(keyOf(target));
    if (session === undefined) {
      return { rows: [toRow(agent, unaskedSample(target), time)], problems: [], findings: [] };
    }
    try {
      const found = await this.#turns.use(signal, () => session.collect({ target, time, signal }));
      return found === late ? session.notAsked(time) : found;
    } catch (thrown) {
      this.#deps.logger.error(`reading ${nameOf(target)} failed`, { error: thrown });
      const message = `reading ${nameOf(target)} failed: ${messageOf(thrown)}`;
      return { rows: [], problems: [{ kind: 'other', message }], findings: [] };
    }
  }

  /** One session for each agent at its address; what is known of one that moved or is no longer named is forgotten. */
  async #keepOnly(targets: readonly AgentTarget[]): Promise<void> {
    const { clock } = this.#deps;
    const before = this.#sessions;
    const deps = { client: this.#client, options: this.#options, clock, overviews: this.#overviews };
    this.#sessions = new Map(
      targets.flatMap((target) => {
        const origin = originOf(target.url);
        if (origin === undefined) return [];
        const key = keyOf(target);
        const known = before.get(key);
        if (known?.origin === origin) return [[key, known] as const];
        const budget = this.#budgets.at(origin);
        return [[key, new AgentSession(target, origin, { ...deps, budget })] as const];
      }),
    );
    this.#budgets.keepOnly(new Set([...this.#sessions.values()].map(({ origin }) => origin)));
    const kept = new Set(this.#sessions.values());
    await Promise.all([...before.values()].filter((each) => !kept.has(each)).map((each) => each.close()));
  }
}

const keyOf = ({ agentId, occurrenceId, serverId }: AgentIdentity): string =>
  JSON.stringify([agentId, occurrenceId, serverId]);

function originOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, origin } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}
