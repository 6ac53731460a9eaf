import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf, TelemetryError } from '../../runtime/errors.ts';
import type { Problem } from '../collector.ts';
import type { AllowedPath } from './allowed-paths.ts';
import { ApiClient } from './api-client.ts';
import { refusalOf } from './api-failure.ts';
import { type ForeignFields, fromPending, fromStatus, fromSummary } from './foreign-fields.ts';
import { hasEnded, isShown } from './lifetime.ts';
import { Login, type LoginOptions } from './login.ts';
import { type Fields, isObject, parseJson } from './read-fields.ts';
import {
  type DeploymentSource,
  deploymentOf,
  type ReadContext,
  type Reading,
  withoutRepeats,
} from './reading.ts';
import type { Deployment } from './record.ts';

/** Deployments of the history that are read: the newest. */
const historyLimit = 200;
/** Of so many each time the details are asked for, one after the other; the others follow. */
const detailsAtOnce = 8;
/** Agents that restart late still change what has ended. */
const settledMicros: Micros = 3600 * 1e6;
const longestWait = 600;

export interface ApiSourceOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly login: LoginOptions;
  /** For how long ended deployments are shown. */
  readonly keep: Micros;
  readonly clock: Clock;
}

/** What was told of a deployment, and the summary that it belongs to. */
interface Detail {
  readonly summary: string;
  readonly deployment: Deployment;
}

/** What one reading of the API knows so far. */
interface Round {
  readonly running: readonly Deployment[];
  readonly time: Micros;
  readonly signal: AbortSignal;
  readonly problems: Problem[];
}

/** CIRISManager's own answers: what it knows itself, where the file that it saves to can be wrong. */
export class ApiSource implements DeploymentSource {
  readonly name = 'manager_api';
  readonly location: string;
  readonly #options: ApiSourceOptions;
  readonly #client: ApiClient;
  readonly #login: Login;
  #details: ReadonlyMap<string, Detail> = new Map();
  #leftAloneUntilMs = 0;

  constructor(options: ApiSourceOptions) {
    this.#options = options;
    this.#client = new ApiClient(options);
    this.#login = new Login(options.login);
    this.location = this.#client.location;
  }

  async read({ time, signal }: ReadContext): Promise<Reading> {
    if (this.#options.clock.monotonic() < this.#leftAloneUntilMs) {
      throw new TelemetryError(
        'protocol',
        `CIRISManager at ${this.location} asked to be left alone for a while`,
      );
    }
    const problems: Problem[] = [];
    // In this order one that is started in between is told of twice, and never not at all.
    const staged = listIn(
      await this.#ask('/manager/v1/updates/pending/all', {}, signal),
      'staged deployments',
    );
    const current = await this.#ask('/manager/v1/updates/status', {}, signal);
    const limit = { limit: String(historyLimit) };
    const history = listIn(await this.#ask('/manager/v1/updates/history', limit, signal), 'history');
    const running = current === null ? [] : checked([current], fromStatus, problems);
    const pending = checked(staged, fromPending, problems);
    const summaries = checked(history, fromSummary, problems);
    const detailed = await this.#detail(summaries, { running, time, signal, problems });
    return {
      deployments: withoutRepeats([...running, ...detailed, ...pending]),
      problems,
      isWhole:
        history.length < historyLimit &&
        summaries.length === history.length &&
        pending.length === staged.length,
      writtenAt: undefined,
    };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Puts details in the place of summaries, as far as there is time for it. */
  async #detail(summaries: readonly Deployment[], round: Round): Promise<readonly Deployment[]> {
    const kept = new Map<string, Detail>();
    const known = new Set(round.running.map(({ id }) => id));
    const detailed: Deployment[] = [];
    let left = detailsAtOnce;
    for (const summary of summaries) {
      const before = this.#details.get(summary.id);
      const text = JSON.stringify(summary);
      const isDue = before?.summary !== text || !isSettled(summary, round.time);
      const isAsked = isDue && isShown(summary, { time: round.time, keep: this.#options.keep });
      let deployment = before?.summary === text ? before.deployment : undefined;
      if (isAsked && left > 0 && !known.has(summary.id) && !round.signal.aborted) {
        const answer = await this.#detailOf(summary.id, round);
        left = answer === 'failed' ? 0 : left - 1;
        if (typeof answer === 'object') deployment = answer;
      }
      if (deployment !== undefined) kept.set(summary.id, { summary: text, deployment });
      else if (before !== undefined) kept.set(summary.id, before);
      detailed.push(deployment ?? withNotification(summary, before?.deployment));
    }
    this.#details = kept;
    return detailed;
  }

  /** Undefined where it tells nothing of it; `failed` where there is no point in asking on. */
  async #detailOf(id: string, { signal, problems }: Round): Promise<Deployment | undefined | 'failed'> {
    try {
      const answer = await this.#ask('/manager/v1/updates/status', { deployment_id: id }, signal);
      if (answer === null) return undefined;
      const [deployment] = checked([answer], fromStatus, problems);
      if (deployment === undefined || deployment.id === id) return deployment;
      problems.push({ kind: 'parse', message: `asked for deployment ${id}, CIRISManager told of another` });
      return undefined;
    } catch (thrown) {
      const isTimeout = thrown instanceof TelemetryError && thrown.code === 'timeout';
      problems.push({ kind: isTimeout ? 'timeout' : 'other', message: messageOf(thrown) });
      return 'failed';
    }
  }

  async #ask(
    path: AllowedPath,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { clock } = this.#options;
    const attempt = `asking CIRISManager at ${this.location} for ${path}`;
    const token = await this.#login.read(clock.monotonic(), signal);
    const { status, body, retryAfter } = await this.#client.ask({ path, query, token }, signal);
    if (status === 401 || status === 403) throw this.#login.refuse(token, clock.monotonic());
    if (status === 429) {
      this.#leftAloneUntilMs = clock.monotonic() + Math.min(retryAfter ?? 60, longestWait) * 1000;
    }
    if (status !== 200) throw refusalOf(status, attempt);
    this.#login.accept();
    const answer = parseJson(body);
    if (answer === undefined) {
      throw new TelemetryError(
        'protocol',
        `${attempt} was answered with what is no JSON; see what stands in between`,
      );
    }
    return answer;
  }
}

const isSettled = (deployment: Deployment, time: Micros): boolean =>
  hasEnded(deployment) && !isShown(deployment, { time, keep: settledMicros });

/** What was notified does not change; all else in old details does. */
function withNotification(summary: Deployment, old: Deployment | undefined): Deployment {
  if (old === undefined) return summary;
  const { agentImage, guiImage, nginxImage, strategy, version, riskLevel, notifier, notification, stagedAt } =
    old;
  const notified = { agentImage, guiImage, nginxImage, strategy, version, riskLevel, notifier, notification };
  return { ...summary, ...notified, stagedAt };
}

function listIn(answer: unknown, what: string): readonly unknown[] {
  if (isObject(answer) && Array.isArray(answer.deployments)) return answer.deployments;
  throw new TelemetryError(
    'protocol',
    `CIRISManager was asked for its ${what}, and its answer holds no list`,
  );
}

function checked(
  values: readonly unknown[],
  from: (value: Fields) => ForeignFields,
  problems: Problem[],
): readonly Deployment[] {
  return values.flatMap((value) => deploymentOf(from(isObject(value) ? value : {}), problems) ?? []);
}
