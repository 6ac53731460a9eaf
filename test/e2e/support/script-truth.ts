import { agentKey } from '../../../src/demo/agent-key.ts';
import { demoAgents } from '../../../src/demo/cast.ts';
import { deploymentAt, type ScriptedDeployment } from '../../../src/demo/deployment-script.ts';
import {
  type AgentFigures,
  type AgentScript,
  figuresAt,
  type Span,
  startUp,
} from '../../../src/demo/script.ts';
import { shapes } from '../../../src/demo/shapes/versions.ts';

type Labels = Readonly<Record<string, string>>;

/** What is said of a thing that nothing is said of. */
export const nothing = 'nothing';

/** The script of the agent that a series of Prometheus is about. */
export function scriptOf(labels: Labels): AgentScript {
  const occurrence = labels.ciris_agent_occurrence_id ?? '';
  const key = agentKey({
    agentId: labels.ciris_agent_id ?? '',
    serverId: labels.ciris_server_id ?? '',
    ...(occurrence === 'default' ? {} : { occurrenceId: occurrence }),
  });
  const script = demoAgents.find((agent) => agentKey(agent) === key);
  if (script === undefined) throw new Error(`The script knows no agent ${key}`);
  return script;
}

/** Labels that choose the series of one agent. */
export const selectorOf = ({ agentId, occurrenceId = 'default', serverId }: AgentScript): string =>
  `ciris_agent_id="${agentId}",ciris_agent_occurrence_id="${occurrenceId}",ciris_server_id="${serverId}"`;

/** Everything that was true at some moment of a span, as often as the script can change. */
export function truthsIn<T>({ from, until }: Span, at: (seconds: number) => T): ReadonlySet<T> {
  const step = 0.1;
  const moments = Array.from({ length: Math.ceil((until - from) / step) + 1 }, (_, n) => from + n * step);
  return new Set(moments.map(at));
}

/** What its health answer says, when it answers. */
const heard = (agent: AgentScript, seconds: number): AgentFigures | undefined =>
  agent.conduct === 'hangs' ? undefined : figuresAt(agent, seconds);

/** Right after a start, `shutdown` says nothing. */
export function stateShown(agent: AgentScript, seconds: number): string {
  const figures = heard(agent, seconds);
  if (figures === undefined) return nothing;
  return figures.uptimeSeconds < startUp.awake ? 'unknown' : (figures.state ?? 'unknown');
}

export function healthShown(agent: AgentScript, seconds: number): string {
  const figures = heard(agent, seconds);
  if (figures === undefined) return nothing;
  const shape = shapes[figures.version];
  if (figures.state === undefined) return shape.statusWhileStarting;
  return shape.warnings && figures.llm.breaker === 'open' ? 'degraded' : 'healthy';
}

export const statusShown = (deployment: ScriptedDeployment, seconds: number): string =>
  deploymentAt(deployment, seconds)?.status ?? nothing;

export const phaseShown = (deployment: ScriptedDeployment, seconds: number): string =>
  deploymentAt(deployment, seconds)?.phase ?? nothing;
