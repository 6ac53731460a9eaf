import { type Row, toRow } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { AgentIdentity, AgentTarget } from '../agent-target.ts';
import type { Finding, Problem } from '../collector.ts';
import { Aside } from './aside.ts';
import type { AgentClient } from './client.ts';
import { Connection, type Reply, type Success } from './connection.ts';
import { Debounced } from './debounced.ts';
import { isSilence, isTimeout, mayBeOurs } from './failure-type.ts';
import { AgentFigures, type Moment } from './figures.ts';
import type { HealthAnswer } from './health-answer.ts';
import { HealthReader } from './health-reader.ts';
import { agent } from './metrics.ts';
import type { AgentsOptions } from './options.ts';
import { ProcessRun } from './process-run.ts';
import type { RequestBudget } from './request-budget.ts';
import { type AgentSample, type FailureType, noVitals, unaskedSample, type Vitals } from './sample.ts';
import type { Slots } from './slots.ts';
import { StateWatch } from './state-watch.ts';
import { StrangeWords } from './strange-words.ts';
import { failedProblem, fieldsProblem, nameOf } from './wording.ts';

export interface SessionDeps {
  readonly client: AgentClient;
  readonly options: AgentsOptions;
  readonly clock: Clock;
  readonly overviews: Slots;
  readonly budget: RequestBudget;
}

export interface Found {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  readonly findings: readonly Finding[];
}

interface Round {
  readonly target: AgentTarget;
  readonly time: Micros;
  readonly signal: AbortSignal;
}

/** How long a snapshot waits for an agent that is known to hang: one that is well again answers in less. */
const patienceMs = 250;
/** What was found before stands for so long for an agent that is not waited for. */
const standsMs = 30_000;

/** Refusals that only an agent gives, or what stands for it: it is there. */
const fromAgent: ReadonlySet<FailureType> = new Set(['unauthorized', 'forbidden', 'rate_limited']);

/** What an agent says that may answer a holder of its token nevertheless. */
const mayHoldFigures: ReadonlySet<FailureType> = new Set(['unauthorized', 'forbidden', 'server_error']);

/** Follows one agent at one address from snapshot to snapshot. */
export class AgentSession {
  readonly #identity: AgentIdentity;
  readonly #name: string;
  readonly #deps: SessionDeps;
  readonly #connection: Connection;
  readonly #health: HealthReader;
  readonly #figures: AgentFigures;
  readonly #up: Debounced;
  readonly #strangeWords: StrangeWords;
  readonly #run = new ProcessRun();
  readonly #state = new StateWatch();
  readonly #aside = new Aside();
  #watchedSince: Micros | undefined;
  #healthDue = 0;
  #row: Row | undefined;
  /** When it was read, in ms of the clock that never jumps. */
  #rowMs = 0;
  #findings: readonly Finding[] = [];
  #failure: FailureType | undefined;
  /** Whether it counts as down because it hangs, or only its figures do. */
  #isHanging = false;
  #problems: Problem[] = [];

  constructor({ agentId, occurrenceId, serverId }: AgentIdentity, origin: string, deps: SessionDeps) {
    this.#identity = { agentId, occurrenceId, serverId };
    this.#name = nameOf(this.#identity);
    this.#deps = deps;
    this.#connection = new Connection(deps.client, origin);
    this.#health = new HealthReader(this.#connection, deps.clock);
    this.#strangeWords = new StrangeWords(this.#name);
    this.#up = new Debounced(deps.options);
    const figures = { identity: this.#identity, name: this.#name, connection: this.#connection };
    this.#figures = new AgentFigures({ ...deps, ...figures });
  }

  get origin(): string {
    return this.#connection.origin;
  }

  /** Asks the agent what is due. What was found before and still holds is found again, with its own time. */
  async collect(round: Round): Promise<Found> {
    const moment = { time: round.time, monotonicMs: this.#deps.clock.monotonic() };
    // What our clock, set back since, has in the future cannot be shown.
    const isShown = this.#row === undefined || this.#row.time <= round.time;
    const isDue = moment.monotonicMs >= this.#healthDue || !isShown;
    const mayStand = this.#isHanging && moment.monotonicMs - this.#rowMs <= standsMs;
    if (this.#aside.isRunning || (isDue && mayStand)) await this.#askAside({ ...round, ...moment });
    else if (isDue) await this.#ask({ ...round, ...moment });
    return this.#found(moment);
  }

  /** What still holds in a snapshot that was over before it was the turn of the agent. */
  notAsked(time: Micros): Found {
    const message = `${this.#name} was not asked, as the time for this snapshot was up; a longer --collect-timeout helps`;
    const { problems, ...kept } = this.#found({ time, monotonicMs: this.#deps.clock.monotonic() });
    return { ...kept, problems: [...problems, { kind: 'timeout', message }] };
  }

  async close(): Promise<void> {
    await Promise.all([this.#aside.close(), this.#figures.close()]);
    this.#connection.close();
  }

  /** So that one that hangs does not make every snapshot of the fleet late. */
  async #askAside(round: Round & Moment): Promise<void> {
    this.#aside.start((signal) =>
      this.#ask({ ...round, signal, isAside: true }).catch((thrown: unknown) => {
        this.#problems.push({ kind: 'other', message: `reading ${this.#name} failed: ${messageOf(thrown)}` });
      }),
    );
    await this.#aside.wait(patienceMs);
  }

  async #ask(round: Round & Moment & { readonly isAside?: boolean }): Promise<void> {
    const { target, monotonicMs, signal, isAside = false } = round;
    const { requestTimeout, healthInterval } = this.#deps.options;
    const limits = { timeoutMs: requestTimeout * 1000, signal };
    let reply = await this.#health.read(limits);
    this.#healthDue = monotonicMs + pauseMs(reply, healthInterval);
    if (reply.ok || !mayBeOurs(reply.type)) this.#up.add(reply.ok || fromAgent.has(reply.type));
    if (reply.ok) this.#follow(reply);
    const lookAgain = async (): Promise<boolean> => {
      const again = await this.#health.read(limits);
      if (!again.ok) return false;
      reply = again;
      this.#follow(again);
      return true;
    };
    if (isAside) this.#note(reply, round);
    if (this.#mayAsk(reply) && !signal.aborted) {
      await this.#figures.read({ ...round, token: target.token, run: this.#run, lookAgain });
    }
    if (!isAside) this.#note(reply, round);
  }

  #note(reply: Reply<HealthAnswer>, { target, time, monotonicMs }: Round & Moment): void {
    this.#failure = reply.ok ? this.#figures.failure : reply.type;
    this.#isHanging = isTimeout(this.#failure) && (reply.ok || this.#up.value === false);
    this.#row = toRow(agent, this.#sample(reply, { time, monotonicMs }), time);
    this.#rowMs = monotonicMs;
    this.#findings = reply.ok ? this.#strangeWords.findingsOf(reply.answer) : [];
    this.#problems.push(...this.#healthProblems(reply, target));
  }

  #follow(reply: Success<HealthAnswer>): void {
    const { receivedMs, receivedMonotonicMs } = reply;
    const { uptimeSeconds, version, saidAt } = reply.answer;
    const isFirst = !this.#run.isKnown;
    const isNew = this.#run.see({ uptimeSeconds, version, saidAt, receivedMs, receivedMonotonicMs });
    if (!isNew || isFirst) return;
    this.#state.restart();
    this.#figures.restart();
    this.#health.forget();
  }

  /** A stranger at the address of an agent must not be given its token. */
  #mayAsk(reply: Reply<HealthAnswer>): boolean {
    if (reply.ok) return reply.answer.isAgent;
    return this.#run.isKnown && mayHoldFigures.has(reply.type);
  }

  #sample(reply: Reply<HealthAnswer>, moment: Moment): AgentSample {
    const isHeard = reply.ok || !isSilence(reply.type);
    const { token, code } = this.#figures;
    const { requests, failures } = this.#connection;
    return {
      ...this.#identity,
      ...this.#vitals(reply, moment),
      reachable: !reply.ok && mayBeOurs(reply.type) ? undefined : isHeard,
      up: this.#up.value,
      access: isHeard ? token.access : undefined,
      responseSeconds: isHeard ? reply.seconds : undefined,
      codeName: reply.ok ? code?.codeName : undefined,
      codeHash: reply.ok ? code?.codeHash : undefined,
      errorType: this.#failure,
      requests,
      failures,
      allowance: token.allowance,
      rateLimitRemaining: token.takeRemaining(),
      watchedSince: this.#countedSince(moment),
    };
  }

  /** What is known of an agent that was not asked for long. */
  #unaskedSample(moment: Moment): AgentSample {
    const { requests, failures } = this.#connection;
    const counted = { requests, failures, watchedSince: this.#countedSince(moment) };
    const allowance = this.#figures.token.allowance;
    return { ...unaskedSample(this.#identity), ...counted, allowance, errorType: this.#failure };
  }

  #countedSince({ time }: Moment): Micros {
    this.#watchedSince = Math.min(this.#watchedSince ?? time, time);
    return this.#watchedSince;
  }

  #vitals(reply: Reply<HealthAnswer>, { monotonicMs }: Moment): Vitals {
    if (!reply.ok) return { ...noVitals, ...vitalsOfFailure(reply.type) };
    const { health, state: said, ...answer } = reply.answer;
    const state = this.#state.see(said.value, answer.uptimeSeconds, monotonicMs);
    const stateSeconds = state === 'unknown' ? undefined : this.#state.secondsSince(monotonicMs);
    return { ...answer, health: health.value, state, stateSeconds };
  }

  #found(moment: Moment): Found {
    const problems = [...this.#problems, ...this.#figures.takeProblems()];
    this.#problems = [];
    const { figuresMaxAge, healthInterval } = this.#deps.options;
    const sinceMs = moment.monotonicMs - Math.max(figuresMaxAge, 2 * healthInterval) * 1000;
    if (this.#row === undefined || this.#row.time > moment.time || this.#rowMs < sinceMs) {
      return { rows: [toRow(agent, this.#unaskedSample(moment), moment.time)], problems, findings: [] };
    }
    const shown = this.#up.value === false ? { rows: [], findings: [] } : this.#figures.shown(moment);
    const findings = [...this.#findings, ...shown.findings];
    return { rows: [this.#row, ...shown.rows], problems, findings };
  }

  #healthProblems(reply: Reply<HealthAnswer>, { expected }: AgentTarget): readonly Problem[] {
    const name = this.#name;
    if (reply.ok) {
      const { problem } = reply.answer;
      return problem === undefined ? [] : [fieldsProblem(name, 'health', problem)];
    }
    const { type } = reply;
    // One that was stopped on purpose need not answer.
    return isSilence(type) && !expected ? [] : [failedProblem(name, 'health', type, this.origin)];
  }
}

/** Of an agent that says nothing nothing is known; one that fails to answer for its health is not well. */
function vitalsOfFailure(type: FailureType): Partial<Vitals> {
  if (isSilence(type)) return {};
  return { health: type === 'server_error' ? 'critical' : 'unknown', state: 'unknown' };
}

const longestPauseSeconds = 600;
/** Snapshots do not come to the millisecond. */
const early = 0.9;

function pauseMs({ hints }: Reply<HealthAnswer>, intervalSeconds: number): number {
  const { retryAfterSeconds = 0 } = hints;
  return Math.max(early * intervalSeconds, Math.min(longestPauseSeconds, retryAfterSeconds)) * 1000;
}
