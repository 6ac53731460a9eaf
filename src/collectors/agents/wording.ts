import type { AgentIdentity } from '../agent-target.ts';
import type { Problem } from '../collector.ts';
import { adviceOn, strangerAdvice } from './failure-type.ts';
import type { EndpointName, FailureType } from './sample.ts';

/** `agent alpha on main` */
export function nameOf({ agentId, occurrenceId, serverId }: AgentIdentity): string {
  const occurrence = occurrenceId === 'default' ? '' : ` (occurrence ${occurrenceId})`;
  return `agent ${agentId}${occurrence} on ${serverId}`;
}

const kinds: Readonly<Partial<Record<FailureType, Problem['kind']>>> = {
  connect_timeout: 'timeout',
  headers_timeout: 'timeout',
  body_timeout: 'timeout',
  not_json: 'parse',
  too_large: 'parse',
  unreadable: 'parse',
};

const questions: Readonly<Record<EndpointName, string>> = {
  health: 'its health',
  unified: 'its figures',
  overview: 'its overview',
  status: 'its code name',
};

/** No agent refuses to tell of its health. */
const fromStranger: ReadonlySet<FailureType> = new Set(['unauthorized', 'forbidden', 'not_found']);

/** A request that failed, in words. */
export function failedProblem(
  name: string,
  endpoint: EndpointName,
  type: FailureType,
  origin: string,
): Problem {
  const failed = `asking ${name} at ${origin} for ${questions[endpoint]} failed: ${type.replaceAll('_', ' ')}`;
  const advice = endpoint === 'health' && fromStranger.has(type) ? strangerAdvice : adviceOn(type);
  return { kind: kinds[type] ?? 'other', message: `${failed}; ${advice}` };
}

/** An answer of which some fields could not be read. */
export function fieldsProblem(name: string, endpoint: EndpointName, fields: string): Problem {
  return { kind: 'parse', message: `${name} was asked for ${questions[endpoint]}, and ${fields}` };
}
