import { createHash } from 'node:crypto';
import { agentKey, tokenOf } from './agent-key.ts';
import { demoEncryptionKey, encryptFernet } from './fernet.ts';
import { type AgentScript, farewell, figuresAt, type ScriptedRun, type Seconds, workFrom } from './script.ts';
import { pythonTime } from './shapes/moment.ts';

/** Seconds between the moments at which the manager looks at its agents: what it notes, it notes then. */
const looksEvery = 10;

export interface RegisteredAgent {
  readonly agent: AgentScript;
  readonly port: number;
  readonly secrets: Secrets;
}

/** The credentials of an agent, as the registry holds them in clear and encrypted. */
interface Secrets {
  readonly token: string;
  readonly sealedToken: string;
  readonly sealedPassword: string;
}

const password = 'made-up-password';

/** Encrypted once, for the registry is made anew with every change. */
export function secretsOf(agent: AgentScript, { startedAt }: Epoch): Secrets {
  const token = tokenOf(agent);
  const seal = (text: string): string => encryptFernet(text, demoEncryptionKey, startedAt / 1000);
  return { token, sealedToken: seal(token), sealedPassword: seal(password) };
}

/** What turns the script's seconds into times of the world: milliseconds since the epoch at its second 0. */
export interface Epoch {
  readonly startedAt: number;
}

export const imageOf = (version: string): string => `ghcr.io/cirisai/ciris-agent:${version}`;

/** A digest as registries give them: the same each time for one version. */
export const digestOf = (version: string): string =>
  `sha256:${createHash('sha256').update(imageOf(version)).digest('hex')}`;

/** The manager's `metadata.json` as it stands at a moment, without the time of its writing. */
export function registryAt(agents: readonly RegisteredAgent[], seconds: Seconds, epoch: Epoch) {
  const entries = agents.map((each) => [agentKey(each.agent), entryOf(each, seconds, epoch)] as const);
  return { version: '1.0', agents: Object.fromEntries(entries) };
}

function entryOf({ agent, port, secrets }: RegisteredAgent, seconds: Seconds, { startedAt }: Epoch) {
  const at = (moment: Seconds): string => pythonTime(startedAt + moment * 1000);
  const noted = notedBy(agent, seconds);
  return {
    name: agent.name,
    port,
    template: agent.template,
    compose_file: `/opt/ciris/agents/${agent.agentId}/docker-compose.yml`,
    created_at: at(-30 * 86_400),
    metadata: {
      // The manager does write it down in clear, too.
      custom_environment: { CIRIS_SERVICE_TOKEN: secrets.token, CIRIS_ADMIN_PASSWORD: password },
      deployment: 'CIRIS_DEMO',
      ...(agent.canaryGroup === undefined ? {} : { canary_group: agent.canaryGroup }),
      ...imagesOf(agent, seconds, at),
    },
    oauth_status: null,
    service_token: secrets.sealedToken,
    admin_password: secrets.sealedPassword,
    current_version: noted.at(-1)?.run.version ?? null,
    last_work_state_at: lastWork(noted, at),
    version_transitions: transitionsOf(noted, at),
    do_not_autostart: agent.conduct === 'stopped',
    server_id: agent.serverId,
    adapter_configs: {},
    llm_config: null,
    oauth_allowed_domains: [],
    ...(agent.occurrenceId === undefined ? {} : { occurrence_id: agent.occurrenceId }),
    ...(agent.agentId.includes('-') || agent.occurrenceId !== undefined ? { agent_id: agent.agentId } : {}),
  };
}

/** Images that agents were ordered to run, the newest first: ordered when the process before was asked to stop. */
function imagesOf(agent: AgentScript, seconds: Seconds, at: (moment: Seconds) => string) {
  const orders = agent.runs
    .map((run, index) => ({ run, since: index === 0 ? run.from : run.from - farewell }))
    .filter(({ since }) => since <= seconds)
    .filter(({ run }, index, all) => run.version !== all[index - 1]?.run.version);
  const [current, ...previous] = orders.toReversed();
  if (current === undefined) return {};
  return {
    current_images: { agent: digestOf(current.run.version), agent_tag: imageOf(current.run.version) },
    previous_images: Object.fromEntries(
      previous.slice(0, 2).map(({ run }, index) => [`n-${index + 1}`, digestOf(run.version)]),
    ),
    last_updated: at(current.since),
    version_history: orders.slice(-10).map(({ run, since }) => ({
      timestamp: at(since),
      agent_image: imageOf(run.version),
      deployment_id: null,
    })),
  };
}

interface Noted {
  readonly run: ScriptedRun;
  /** When the manager first saw it. */
  readonly seenAt: Seconds;
  readonly stateSeen: string;
  /** When the manager first saw it at work. */
  readonly workSeenAt: Seconds | undefined;
  readonly lastLook: Seconds;
}

const nextLook = (moment: Seconds): Seconds => Math.ceil(moment / looksEvery) * looksEvery;

/** The processes that the manager has seen answer by now; an agent that says nothing, or nothing to the manager, it does not see. */
function notedBy(agent: AgentScript, seconds: Seconds): readonly Noted[] {
  if (agent.conduct !== 'answers') return [];
  const lastLook = Math.floor(seconds / looksEvery) * looksEvery;
  return agent.runs.flatMap((run): readonly Noted[] => {
    const seenAt = nextLook(run.from + 3);
    const seen = seenAt > lastLook ? undefined : figuresAt(agent, seenAt)?.state;
    if (seen === undefined) return [];
    const workLook = nextLook(workFrom(run));
    const wasAtWork = workLook <= lastLook && figuresAt(agent, workLook)?.state === 'work';
    const workSeenAt = wasAtWork ? workLook : undefined;
    return [{ run, seenAt, stateSeen: seen.toUpperCase(), workSeenAt, lastLook }];
  });
}

function transitionsOf(noted: readonly Noted[], at: (moment: Seconds) => string) {
  return noted.flatMap(({ run, seenAt, stateSeen, workSeenAt }, index) => {
    const before = noted[index - 1]?.run.version ?? null;
    if (before === run.version) return [];
    return [
      {
        from_version: before,
        to_version: run.version,
        timestamp: at(seenAt),
        initial_state: stateSeen,
        reached_work: workSeenAt !== undefined,
        ...(workSeenAt === undefined ? {} : { work_state_at: at(workSeenAt) }),
      },
    ];
  });
}

function lastWork(noted: readonly Noted[], at: (moment: Seconds) => string): string | null {
  const worked = noted.findLast(({ workSeenAt }) => workSeenAt !== undefined);
  if (worked === undefined) return null;
  const { run, lastLook } = worked;
  const until = run.until === undefined ? lastLook : Math.min(lastLook, run.until - farewell);
  return at(Math.floor(until / looksEvery) * looksEvery);
}
