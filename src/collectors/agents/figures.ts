import type { Row } from '../../metric/row.ts';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AgentIdentity, AgentTarget } from '../agent-target.ts';
import type { Finding, Problem } from '../collector.ts';
import type { Connection, Reply, Success } from './connection.ts';
import type { AgentsOptions } from './options.ts';
import { readOverviewAnswer } from './overview-answer.ts';
import { OverviewWatch } from './overview-watch.ts';
import type { ProcessRun } from './process-run.ts';
import type { RequestBudget } from './request-budget.ts';
import type { FailureType } from './sample.ts';
import { late, type Slots } from './slots.ts';
import { readStatusAnswer, type StatusAnswer } from './status-answer.ts';
import { TokenReader } from './token-reader.ts';
import { type AgedAnswer, type Page, readAgedAnswer, UsageBook } from './usage-book.ts';
import { failedProblem, fieldsProblem } from './wording.ts';

export interface FiguresOptions {
  readonly identity: AgentIdentity;
  readonly name: string;
  readonly connection: Connection;
  readonly options: AgentsOptions;
  readonly clock: Clock;
  /** Of the address; every request with a token counts. */
  readonly budget: RequestBudget;
  /** The overviews of all agents that may be under way at once. */
  readonly overviews: Slots;
}

/** A snapshot's time, and the same by the clock that never jumps, in ms. */
export interface Moment {
  readonly time: Micros;
  readonly monotonicMs: number;
}

export interface FiguresContext extends Moment {
  readonly token: AgentTarget['token'];
  readonly run: Pick<ProcessRun, 'start' | 'uptimeAt' | 'clockSetMs'>;
  /** Looks whether the process is still the same, and calls `restart` if not; false when it does not say. */
  readonly lookAgain: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

interface Asked<T> {
  readonly endpoint: 'unified' | 'status';
  readonly path: string;
  readonly read: (body: unknown, receivedMs: number) => T | undefined;
}

const againMs = 30_000;
/** The request takes a moment, and the agent rounds. */
const toleranceSeconds = 2;
const keptSeconds = { usual: 30, least: 5, most: 300 };

/** What one agent tells only to holders of its token, each kept until it can have changed. */
export class AgentFigures {
  readonly #options: FiguresOptions;
  readonly token: TokenReader;
  readonly #overview: OverviewWatch;
  #usage: UsageBook;
  #code: StatusAnswer | undefined;
  readonly #failures: { unified?: FailureType | undefined; status?: FailureType | undefined } = {};
  #problems: Problem[] = [];
  readonly #due = { unified: 0, overview: 0, status: 0 };

  constructor(options: FiguresOptions) {
    this.#options = options;
    const { identity, name, connection } = options;
    this.token = new TokenReader(options);
    this.#overview = new OverviewWatch({ identity, name, origin: connection.origin });
    this.#usage = new UsageBook(identity, name);
  }

  get code(): StatusAnswer | undefined {
    return this.#code;
  }

  /** How the newest request for figures, or else for the code name, failed; undefined when neither did. */
  get failure(): FailureType | undefined {
    return this.#failures.unified ?? this.#failures.status;
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
  shown(moment: Moment): { readonly rows: readonly Row[]; readonly findings: readonly Finding[] } {
    const { figuresMaxAge, overviewInterval } = this.#options.options;
    const pages = [
      fresh(this.#usage.page, moment, figuresMaxAge),
      fresh(this.#overview.page, moment, 2 * overviewInterval),
    ].filter((page) => page !== undefined);
    return { rows: pages.flatMap(({ rows }) => rows), findings: pages.flatMap(({ findings }) => findings) };
  }

  async close(): Promise<void> {
    await this.#overview.close();
  }

  async #readUnified(context: FiguresContext): Promise<void> {
    const { options, name } = this.#options;
    const path = '/v1/telemetry/unified?format=json';
    const read = (body: unknown, receivedMs: number) => readAgedAnswer(body, receivedMs, options.maxServices);
    const reply = await this.#ask({ endpoint: 'unified', path, read }, context);
    if (!reply?.ok) return;
    const { answer, age } = reply.answer;
    for (const problem of [answer.problem, answer.services.problem]) {
      if (problem !== undefined) this.#problems.push(fieldsProblem(name, 'unified', problem));
    }
    const isOurs = await this.#isOfProcess(reply, context);
    this.#due.unified = this.#now() + (isOurs ? restMs(answer.keptSeconds, age) : keptSeconds.least * 1000);
    if (!isOurs) return;
    const time = Math.min(microsFromMs(reply.receivedMs) - age, context.time);
    const takenMs = reply.receivedMonotonicMs - age / 1000;
    this.#usage.write({ answer, time, takenMs, processStart: context.run.start });
  }

  /** Between the answer for its health and that for its figures an agent may have been restarted. */
  async #isOfProcess(
    { answer: { answer, age }, receivedMonotonicMs }: Success<AgedAnswer>,
    { run, lookAgain }: FiguresContext,
  ): Promise<boolean> {
    const upSeconds = run.uptimeAt(receivedMonotonicMs - age / 1000) ?? 0;
    const book = this.#usage;
    if (book.mayBeOfAnother(answer, upSeconds)) {
      if (!(await lookAgain())) return false;
      if (book === this.#usage) book.settle();
    }
    const uptime = run.uptimeAt(receivedMonotonicMs);
    const isEarlier = uptime !== undefined && age / 1e6 > uptime + toleranceSeconds;
    const { clockSetMs = Number.NEGATIVE_INFINITY } = run;
    const isKept = answer.isKept || age / 1e6 > toleranceSeconds;
    const isUndated = isKept && receivedMonotonicMs - keptSeconds.usual * 1000 < clockSetMs;
    if (!isEarlier && !isUndated) return true;
    const since = isEarlier ? 'its process began' : 'its clock was set';
    const message = `${this.#options.name} gave figures that were taken before ${since}, which are not shown`;
    this.#problems.push({ kind: 'other', message });
    return false;
  }

  async #readStatus(context: FiguresContext): Promise<void> {
    if (this.#code !== undefined || context.signal.aborted) return;
    const path = '/v1/agent/status';
    const reply = await this.#ask({ endpoint: 'status', path, read: readStatusAnswer }, context);
    if (!reply?.ok) return;
    this.#code = reply.answer;
    const { problem } = reply.answer;
    if (problem !== undefined) this.#problems.push(fieldsProblem(this.#options.name, 'status', problem));
  }

  #startOverview(token: AgentTarget['token']): void {
    const { overviews, options } = this.#options;
    if (this.#overview.isRunning || this.#now() < this.#due.overview) return;
    this.#due.overview = this.#now() + options.overviewInterval * 1000;
    const question = {
      endpoint: 'overview',
      path: '/v1/telemetry/overview',
      read: readOverviewAnswer,
      timeoutMs: options.overviewTimeout * 1000,
      isAside: true,
    } as const;
    this.#overview.start(async (signal) => {
      const reply = await overviews.use(signal, () => this.token.ask({ ...question, signal }, token));
      return reply === late ? undefined : reply;
    });
  }

  /** Undefined when it is not due, or may not be asked now. */
  async #ask<T>(
    { endpoint, ...question }: Asked<T>,
    { token, signal }: FiguresContext,
  ): Promise<Reply<T> | undefined> {
    if (this.#now() < this.#due[endpoint]) return undefined;
    const { options, name, connection } = this.#options;
    const timeoutMs = options.requestTimeout * 1000;
    const reply = await this.token.ask({ endpoint, ...question, timeoutMs, signal }, token);
    const { tokenProblem } = this.token;
    if (tokenProblem !== undefined) {
      this.#problems.push({ kind: 'other', message: `the token of ${name} cannot be used: ${tokenProblem}` });
    }
    if (reply === undefined) return undefined;
    this.#failures[endpoint] = reply.ok ? undefined : reply.type;
    if (reply.ok) return reply;
    this.#problems.push(failedProblem(name, endpoint, reply.type, connection.origin));
    // A refused token has pauses of its own, and another one is sent at once.
    const isRefused = reply.type === 'unauthorized' || reply.type === 'forbidden';
    if (!isRefused) this.#due[endpoint] = this.#now() + againMs;
    return reply;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

/** What our clock has after the snapshot is not of it, nor what it has before when it was set since. */
const fresh = (page: Page | undefined, moment: Moment, seconds: number): Page | undefined =>
  page !== undefined && page.time <= moment.time && moment.monotonicMs - page.takenMs <= seconds * 1000
    ? page
    : undefined;

/** For how long the agent goes on to give the same answer. */
function restMs(kept: number | undefined, age: Micros): number {
  const seconds = Math.min(keptSeconds.most, Math.max(keptSeconds.least, kept ?? keptSeconds.usual));
  return Math.max(keptSeconds.least * 1000, seconds * 1000 - age / 1000);
}
