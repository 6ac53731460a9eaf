import { toRow } from '../../metric/row.ts';
import { microsFromMs } from '../../metric/time.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { AgentIdentity } from '../agent-target.ts';
import type { Problem } from '../collector.ts';
import { Aside } from './aside.ts';
import type { Reply } from './connection.ts';
import type { OverviewAnswer } from './overview-answer.ts';
import { agentReport } from './report-metrics.ts';
import type { Page } from './usage-book.ts';
import { failedProblem, fieldsProblem } from './wording.ts';

type Ask = (signal: AbortSignal) => Promise<Reply<OverviewAnswer> | undefined>;

interface WatchOptions {
  readonly identity: AgentIdentity;
  readonly name: string;
  readonly origin: string;
}

/** Asks for an overview beside the snapshots, none of which waits for it: a busy agent takes seconds to sum it up. */
export class OverviewWatch {
  readonly #options: WatchOptions;
  readonly #aside = new Aside();
  #page: Page | undefined;
  #problems: readonly Problem[] = [];

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get page(): Page | undefined {
    return this.#page;
  }

  get isRunning(): boolean {
    return this.#aside.isRunning;
  }

  /** The problems since the last look. */
  takeProblems(): readonly Problem[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }

  start(ask: Ask): void {
    this.#aside.start((signal) =>
      this.#read(ask, signal).catch((thrown: unknown) => {
        const message = `reading the overview of ${this.#options.name} failed: ${messageOf(thrown)}`;
        this.#problems = [{ kind: 'other', message }];
      }),
    );
  }

  /** Ends what is under way, and resolves when it has ended. */
  close(): Promise<void> {
    return this.#aside.close();
  }

  async #read(ask: Ask, signal: AbortSignal): Promise<void> {
    const { identity, name, origin } = this.#options;
    const reply = await ask(signal);
    if (reply === undefined) return;
    if (!reply.ok) {
      this.#problems = [failedProblem(name, 'overview', reply.type, origin)];
      return;
    }
    const { figures, problem } = reply.answer;
    if (problem !== undefined) this.#problems = [fieldsProblem(name, 'overview', problem)];
    const time = microsFromMs(reply.receivedMs);
    const row = toRow(agentReport, { ...identity, ...figures }, time);
    const rows = Object.keys(row.values).length > 0 ? [row] : [];
    this.#page = { time, takenMs: reply.receivedMonotonicMs, rows, findings: [] };
  }
}
