import { z } from 'zod';
import { type Micros, microsFromIso } from '../../metric/time.ts';
import { type AgentEnvironment, readAgentEnvironment } from './agent-environment.ts';
import { describeMismatch, parseJson, type Reading, readFields } from './json.ts';
import { type HealthState, healthStates } from './sample.ts';

/** What the engine knows of one container in detail; of its environment no more than what is said of the agent. */
export interface Details {
  readonly name: string | undefined;
  readonly imageName: string | undefined;
  /** Undefined where it could not be read. */
  readonly environment: AgentEnvironment | undefined;
  /** By the engine's clock, like the two below. */
  readonly createdAt: Micros | undefined;
  readonly startedAt: Micros | undefined;
  readonly finishedAt: Micros | undefined;
  readonly restarts: number | undefined;
  /** Undefined until the container has ended. */
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean | undefined;
  readonly hasHealthcheck: boolean;
  /** Undefined unless the container runs. */
  readonly health: HealthState | undefined;
  readonly networkMode: string | undefined;
  /** The limit that was asked for. */
  readonly memoryLimitBytes: number | undefined;
}

const text = z.string().nullish();
const count = z.number().nullish();

const inspected = z.object({
  Name: text,
  Created: text,
  RestartCount: z.int().nonnegative().nullish(),
  State: z
    .object({
      Status: text,
      StartedAt: text,
      FinishedAt: text,
      ExitCode: count,
      OOMKilled: z.boolean().nullish(),
      Health: z.object({ Status: text }).nullish(),
    })
    .nullish(),
  Config: z
    .object({
      Image: text,
      Env: z.unknown().optional(),
      Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
  HostConfig: z.object({ Memory: count, NetworkMode: text }).nullish(),
});

const variables = z.object({ Config: z.object({ Env: z.array(z.string()).nullish() }).nullish() });

/** Each part of the answer is read on its own: one that cannot be read costs what it would say. */
export function readDetails(body: string): Reading<Details> {
  const { data: answer, problem } = readFields(inspected, parseJson(body));
  if (answer === undefined) return { data: undefined, problem };
  // An error may come with the status of success.
  if (!(answer.State ?? answer.Config ?? answer.HostConfig)) {
    return { data: undefined, problem: problem ?? 'the answer is no document of a container' };
  }
  const env = readEnvironment(answer);
  const problems = [problem, env.problem].filter((each) => each !== undefined);
  return {
    data: detailsOf(answer, env.data),
    problem: problems.length === 0 ? undefined : problems.join('; '),
  };
}

/** None is an empty one, but only where the part is there that holds it. */
function readEnvironment({ Config }: z.infer<typeof inspected>): Reading<AgentEnvironment> {
  const { data, error } = variables.safeParse({ Config });
  if (error !== undefined) return { data: undefined, problem: describeMismatch(error) };
  const lines = data.Config?.Env ?? [];
  return { data: data.Config ? readAgentEnvironment(lines) : undefined, problem: undefined };
}

function detailsOf(answer: z.infer<typeof inspected>, environment: AgentEnvironment | undefined): Details {
  const { State, Config, HostConfig } = answer;
  const memory = HostConfig?.Memory ?? 0;
  return {
    name: answer.Name?.replace(/^\//, ''),
    imageName: Config?.Image ?? undefined,
    environment,
    createdAt: readTime(answer.Created),
    startedAt: readTime(State?.StartedAt),
    finishedAt: readTime(State?.FinishedAt),
    restarts: answer.RestartCount ?? undefined,
    ...endingOf(State),
    hasHealthcheck: hasTest(Config?.Healthcheck?.Test) ?? readHealth(State?.Health?.Status) !== undefined,
    health: State?.Status === 'running' ? readHealth(State.Health?.Status) : undefined,
    networkMode: HostConfig?.NetworkMode ?? undefined,
    memoryLimitBytes: memory > 0 ? memory : undefined,
  };
}

/** Engines miss kills for memory: "not killed" beside exit code 137, that of SIGKILL, is not known to be so. */
function endingOf(state: z.infer<typeof inspected>['State']): Pick<Details, 'exitCode' | 'oomKilled'> {
  const hasEnded = ['exited', 'stopped', 'dead'].includes(state?.Status ?? '');
  const code = state?.ExitCode ?? -1;
  // Podman says -1 where it does not know.
  const exitCode = hasEnded && code >= 0 ? code : undefined;
  const killed = state?.OOMKilled ?? undefined;
  const isCertain = killed === true || (exitCode !== undefined && exitCode !== 137);
  return { exitCode, oomKilled: isCertain ? killed : undefined };
}

/** The year 1 stands for "never". */
function readTime(text: string | null | undefined): Micros | undefined {
  const time = microsFromIso(text ?? '');
  return time !== undefined && time > 0 ? time : undefined;
}

/** `NONE` switches off what the image brings along; undefined where nothing is said. */
function hasTest(test: readonly string[] | null | undefined): boolean | undefined {
  return test?.[0] === undefined ? undefined : test[0] !== 'NONE';
}

function readHealth(word: string | null | undefined): HealthState | undefined {
  return healthStates.find((known) => known === word);
}
