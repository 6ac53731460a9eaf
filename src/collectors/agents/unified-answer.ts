import { z } from 'zod';
import type { Micros } from '../../metric/time.ts';
import {
  count,
  dollarsOf,
  FieldReader,
  type Fields,
  finite,
  isoTime,
  objectOf,
  withoutEnvelope,
} from './field-reader.ts';
import type { BreakerState, CountName, UsageLevels } from './sample.ts';
import { readServices, type Services } from './service-figures.ts';

/** What an agent tells of all its parts at once. It keeps the answer for a while, so it may be older than the request. */
export interface UnifiedAnswer {
  /** When the figures were taken, by the clock of the agent. */
  readonly takenAt: Micros;
  /** When the answer was sent, by the same clock. */
  readonly sentAt: Micros | undefined;
  /** Whether it says that it had given the same answer before. */
  readonly isKept: boolean;
  /** For how long the agent gives the same answer. */
  readonly keptSeconds: number | undefined;
  readonly counts: ReadonlyMap<CountName, number>;
  readonly levels: UsageLevels;
  readonly services: Services;
  readonly problem: string | undefined;
}

const bytesPerMebibyte = 2 ** 20;
const breakerStates = new Map<number, BreakerState>([
  [0, 'closed'],
  [0.5, 'half_open'],
  [1, 'open'],
]);

/** Undefined when it is no such answer, or does not say of when it is. */
export function readUnifiedAnswer(body: unknown, mostServices: number): UnifiedAnswer | undefined {
  const data = withoutEnvelope(body);
  const services = objectOf(data?.services);
  const reader = new FieldReader();
  const takenAt = reader.required(data, 'timestamp', isoTime);
  if (services === undefined || takenAt === undefined) return undefined;
  const parts = readParts(services, reader);
  return {
    takenAt,
    sentAt: reader.optional(objectOf(data?._metadata), 'timestamp', isoTime),
    isKept: objectOf(data?.metadata)?.cache_hit === true,
    keptSeconds: reader.optional(objectOf(data?.metadata), 'cache_ttl_seconds', finite),
    counts: readCounts(parts, reader),
    levels: { ...readLevels(parts, reader), ...readOnline(data, reader) },
    services: readServices(services, mostServices),
    problem: reader.problem,
  };
}

type PartName = 'llm' | 'llm_bus' | 'adaptive_filter' | 'agent_processor' | 'resource_monitor';
/** The figures of a service; undefined while it is not there yet, and when they cannot be read. */
type Parts = Readonly<Record<PartName, Fields | undefined>>;

function readParts(services: Fields, reader: FieldReader): Parts {
  const figures = (name: string): Fields | undefined => {
    const service = objectOf(services[name]);
    if (service === undefined) {
      reader.lack(name, services[name] === undefined ? 'is missing' : 'is no object');
      return undefined;
    }
    const own = objectOf(service.custom_metrics);
    const isAway = service.healthy === false && service.custom_metrics === null;
    if (own === undefined && !isAway) reader.lack(name, 'gives no figures');
    return own;
  };
  return {
    llm: figures('llm'),
    llm_bus: figures('llm_bus'),
    adaptive_filter: figures('adaptive_filter'),
    agent_processor: figures('agent_processor'),
    resource_monitor: figures('resource_monitor'),
  };
}

function readCounts(parts: Parts, reader: FieldReader): ReadonlyMap<CountName, number> {
  const { llm, llm_bus, adaptive_filter, agent_processor } = parts;
  const counted = (from: Fields | undefined, key: string): number | undefined =>
    from && reader.required(from, key, count);
  const counts: readonly (readonly [CountName, number | undefined])[] = [
    ['llmRequests', counted(llm, 'llm_requests_total')],
    ['llmTokensInput', counted(llm, 'llm_tokens_input')],
    ['llmTokensOutput', counted(llm, 'llm_tokens_output')],
    ['llmCost', dollarsOf(llm && reader.required(llm, 'llm_cost_cents', finite))],
    ['llmErrors', counted(llm, 'llm_errors_total')],
    ['llmFailedRequests', counted(llm_bus, 'llm_failed_requests')],
    ['messages', counted(adaptive_filter, 'filter_messages_total')],
    ['thoughts', counted(agent_processor, 'processor_thoughts_total')],
    ['stateTransitions', counted(agent_processor, 'processor_state_transitions')],
  ];
  return new Map(counts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

type Measured = Omit<UsageLevels, 'servicesOnline' | 'servicesOffline'>;

function readLevels(
  { llm, llm_bus, agent_processor, resource_monitor }: Parts,
  reader: FieldReader,
): Measured {
  const breaker = reader.optional(llm, 'circuit_breaker_state', z.number());
  const llmBreaker = breaker === undefined ? undefined : (breakerStates.get(breaker) ?? 'unknown');
  if (llmBreaker === 'unknown') reader.lack('circuit_breaker_state', 'is no state that is known');
  const mebibytes = resource_monitor && reader.required(resource_monitor, 'memory_mb', count);
  const percent = resource_monitor && reader.required(resource_monitor, 'cpu_percent', finite);
  return {
    breakersOpen: llm_bus && reader.required(llm_bus, 'llm_circuit_breakers_open', count),
    llmBreaker,
    queueSize: agent_processor && reader.required(agent_processor, 'processor_queue_size', count),
    // A process has some memory: 0 is what it says before it has measured, and of its CPU with it.
    memoryBytes: mebibytes ? mebibytes * bytesPerMebibyte : undefined,
    cpuCores: mebibytes && percent !== undefined ? percent / 100 : undefined,
  };
}

function readOnline(
  data: Fields | undefined,
  reader: FieldReader,
): Pick<UsageLevels, 'servicesOnline' | 'servicesOffline'> {
  const online = reader.required(data, 'services_online', count);
  const total = reader.required(data, 'services_total', count);
  if (online === undefined || total === undefined)
    return { servicesOnline: online, servicesOffline: undefined };
  if (online > total) reader.lack('services_online', 'is more than services_total');
  return online > total
    ? { servicesOnline: undefined, servicesOffline: undefined }
    : { servicesOnline: online, servicesOffline: total - online };
}
