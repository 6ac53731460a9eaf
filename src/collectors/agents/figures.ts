import type { Row } from '../../metric/row.ts';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AgentIdentity, AgentTarget } from '../agent-target.ts';
import type { Finding, Problem } from '../collector.ts';
import type { Answer, Refusal } from './client.ts';
import type { Connection } from './connection.ts';
import type { AgentsOptions } from './options.ts';
import { OverviewWatch } from './overview-watch.ts';
import type { EndpointName, FailureType } from './sample.ts';
import type { Slots } from './slots.ts';
import { readStatusAnswer, type StatusAnswer } from './status-answer.ts';
import { type Question, TokenReader } from './token-reader.ts';
import { readUnifiedAnswer } from './unified-answer.ts';
import { type Page, takenAtOurs, UsageBook } from './usage-book.ts';
import { failedProblem, fieldsProblem } from './wording.ts';

export interface FiguresOptions {
  readonly identity: AgentIdentity;
  readonly name: string;
  readonly connection: Connection;
  readonly options: AgentsOptions;
  readonly clock: Clock;
  /** The overviews of all agents that may be under way at once. */
  readonly overviews: Slots;
}

export interface FiguresContext {
  readonly token: AgentTarget['token'];
  readonly processStart: Micros | undefined;
  readonly time: Micros;
  readonly signal: AbortSignal;
}

const againMs = 30_000;
const keptSeconds = { usual: 30, least: 5, most: 300 };

/** What one agent tells only to holders of its token, each kept until it can have changed. */
export class AgentFigures {
  readonly #options: FiguresOptions;
  readonly token: TokenReader;
  readonly #overview: OverviewWatch;
  #usage: UsageBook;
  #code: StatusAnswer | undefined;
  #failure: FailureType | undefined;
  #problems: Problem[] = [];
  readonly #due = { unified: 0, overview: 0, status: 0 };

  constructor(options: FiguresOptions) {
    this.#options = options;
    const { identity, name, connection } = options;
    this.token = new TokenReader(connection, options.options, options.clock);
    this.#overview = new OverviewWatch({ identity, name, origin: connection.origin });
    this.#usage = new UsageBook(identity, name);
  }

  get code(): StatusAnswer | undefined {
    return this.#code;
  }

  /** How the newest request failed; undefined when it did not. */
  get failure(): FailureType | undefined {
    return this.#failure;
  }

  /** Another process answers now: what the one before counted is not of this one. */
  restart(): void {
    const { identity, name } = this.#options;
    this.#usage = new UsageBook(identity, name);
    this.#code = undefined;
    this.#due.unified = 0;
    this.#due.status = 0;
    this.token.forget();
  }

  /** Asks for what is due. */
  async read(context: FiguresContext): Promise<void> {
    await this.#readUnified(context);
    if (this.token.access !== 'authorized') return;
    await this.#readStatus(context);
    this.#startOverview(context.token);
  }

  /** The problems since the last look. */
  takeProblems(): readonly Problem[] {
    const problems = [...this.#problems, ...this.#overview.takeProblems()];
    this.#problems = [];
    return problems;
  }

  /** What is known and not too old: each with the time of its own source. */
  shown(time: Micros): { readonly rows: readonly Row[]; readonly findings: readonly Finding[] } {
    const { figuresMaxAge, overviewInterval } = this.#options.options;
    const pages = [
      fresh(this.#usage.page, time - figuresMaxAge * 1e6),
      fresh(this.#overview.page, time - 2 * overviewInterval * 1e6),
    ].filter((page) => page !== undefined);
    return { rows: pages.flatMap(({ rows }) => rows), findings: pages.flatMap(({ findings }) => findings) };
  }

  async close(): Promise<void> {
    await this.#overview.close();
  }

  async #readUnified({ token, processStart, time, signal }: FiguresContext): Promise<void> {
    const { options, name } = this.#options;
    const reply = await this.#ask('unified', '/v1/telemetry/unified?format=json', { token, signal });
    if (!reply?.ok) return;
    const answer = readUnifiedAnswer(reply.body, options.maxServices);
    const takenAt = answer && takenAtOurs(answer, reply);
    if (answer === undefined || takenAt === undefined) return this.#fail('unified', 'unreadable');
    for (const problem of [answer.problem, answer.services.problem]) {
      if (problem !== undefined) this.#problems.push(fieldsProblem(name, 'unified', problem));
    }
    this.#due.unified = this.#now() + restMs(answer.keptSeconds, microsFromMs(reply.receivedMs) - takenAt);
    this.#usage.write({ answer, time: Math.min(takenAt, time), processStart });
  }

  async #readStatus({ token, signal }: FiguresContext): Promise<void> {
    if (this.#code !== undefined || signal.aborted) return;
    const reply = await this.#ask('status', '/v1/agent/status', { token, signal });
    if (!reply?.ok) return;
    const answer = readStatusAnswer(reply.body);
    if (answer === undefined) return this.#fail('status', 'unreadable');
    this.#code = answer;
    if (answer.problem !== undefined) {
      this.#problems.push(fieldsProblem(this.#options.name, 'status', answer.problem));
    }
  }

  #startOverview(token: AgentTarget['token']): void {
    const { overviews, options } = this.#options;
    if (this.#overview.isRunning || this.#now() < this.#due.overview) return;
    this.#due.overview = this.#now() + options.overviewInterval * 1000;
    const question: Question = {
      endpoint: 'overview',
      path: '/v1/telemetry/overview',
      timeoutMs: options.overviewTimeout * 1000,
    };
    this.#overview.start(async (signal) => {
      const reply = await overviews.use(signal, () => this.token.ask(question, token, signal));
      return typeof reply === 'symbol' ? undefined : reply;
    });
  }

  /** Undefined when it is not due, or may not be asked now. */
  async #ask(
    endpoint: 'unified' | 'status',
    path: string,
    { token, signal }: Pick<FiguresContext, 'token' | 'signal'>,
  ): Promise<Answer | Refusal | undefined> {
    if (this.#now() < this.#due[endpoint]) return undefined;
    const timeoutMs = this.#options.options.requestTimeout * 1000;
    const reply = await this.token.ask({ endpoint, path, timeoutMs }, token, signal);
    if (reply === undefined) return undefined;
    this.#failure = undefined;
    if (!reply.ok) this.#fail(endpoint, reply.type);
    return reply;
  }

  #fail(endpoint: EndpointName & ('unified' | 'status'), type: FailureType): void {
    const { name, connection } = this.#options;
    this.#failure = type;
    this.#problems.push(failedProblem(name, endpoint, type, connection.origin));
    // A refused token has pauses of its own, and another one is sent at once.
    if (type !== 'unauthorized' && type !== 'forbidden') this.#due[endpoint] = this.#now() + againMs;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

const fresh = (page: Page | undefined, since: Micros): Page | undefined =>
  page !== undefined && page.time >= since ? page : undefined;

/** For how long the agent goes on to give the same answer. */
function restMs(kept: number | undefined, age: Micros): number {
  const seconds = Math.min(keptSeconds.most, Math.max(keptSeconds.least, kept ?? keptSeconds.usual));
  return Math.max(keptSeconds.least * 1000, seconds * 1000 - age / 1000);
}
