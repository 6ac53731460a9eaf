import { type Answer, envelope, type Moment, zuluTime } from './moment.ts';
import { providersOf } from './providers.ts';

/** Steps of a wake-up: what the agent calls processed messages. */
const wakeupSteps = 5;
/** Uptime at which an agent without a wake-up claims those steps all the same. */
const claimsStepsAfter = 60;
const servicesBesideProviders = 12;

/** The answer of `/v1/agent/status`. Its agent id is the name of the template's identity, not the id that the manager knows. */
export function agentStatus(moment: Moment): Answer {
  const { agent, figures, shape, now } = moment;
  const providers = Object.entries(providersOf(moment));
  const total = providers.reduce((sum, [, count]) => sum + count, 0);
  const data = {
    agent_id: agent.name,
    name: `${agent.name}: an agent of the simulated fleet`,
    version: figures.version,
    codename: shape.codeName,
    code_hash: shape.codeHash,
    cognitive_state: figures.state === undefined ? 'UNKNOWN' : `AgentState.${figures.state.toUpperCase()}`,
    uptime_seconds: figures.uptimeSeconds,
    messages_processed: stepsOf(moment),
    last_activity: zuluTime(now),
    current_task: null,
    services_active: total + servicesBesideProviders,
    memory_usage_mb: figures.memoryMb,
    multi_provider_services: Object.fromEntries(
      providers.map(([type, count]) => [type, { providers: count, type: 'multi-provider' }]),
    ),
  };
  return envelope(data, moment);
}

function stepsOf({ figures: { state, uptimeSeconds, wakeup } }: Moment): number {
  const isAwake = wakeup > 0 && state === 'work';
  return isAwake || uptimeSeconds >= claimsStepsAfter ? wakeupSteps : 0;
}
