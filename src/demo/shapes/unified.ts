import { type Answer, type Moment, pythonTime } from './moment.ts';
import { objectIds } from './object-ids.ts';
import type { Service } from './service.ts';
import { coreServices } from './unified-services.ts';

/** Seconds for which an answer is served again. */
export const unifiedCacheSeconds = 30;

/** Share of healthy services from which the agent calls itself healthy. */
const healthyShare = 0.9;

/** The answer of `/v1/telemetry/unified`, which has no envelope, as computed at a moment and asked for at the same or later. */
export function unified(moment: Moment, asked: number): Answer {
  const { shape, now } = moment;
  const services = [...coreServices(moment), ...registered(moment)];
  // Listed, and not counted.
  const listed = shape.accord === undefined ? services : insertAccord(services, shape.accord);
  const online = services.filter(([, { healthy }]) => healthy).length;
  const rates = services.map(([, { error_rate }]) => error_rate).filter((rate) => rate > 0);
  const uptimes = services.map(([, { uptime_seconds }]) => uptime_seconds).filter((uptime) => uptime > 0);
  return {
    system_healthy: online / services.length >= healthyShare,
    services_online: online,
    services_total: services.length,
    overall_error_rate: rates.length === 0 ? 0 : sum(rates) / rates.length,
    overall_uptime_seconds: Math.floor(Math.min(...uptimes)),
    total_errors: sum(services.map(([, { error_count }]) => error_count)),
    total_requests: sum(services.map(([, { requests_handled }]) => requests_handled ?? 0)),
    timestamp: pythonTime(now),
    services: Object.fromEntries(listed),
    metadata: {
      collection_method: 'parallel',
      cache_ttl_seconds: unifiedCacheSeconds,
      timestamp: pythonTime(now),
      cache_hit: asked === now ? null : true,
    },
    error: null,
    view: 'summary',
    _metadata: {
      timestamp: pythonTime(asked),
      view: 'summary',
      category: null,
      cached: true,
      format: 'json',
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

type Named = readonly [name: string, service: Service];

const accordMetrics: Service = {
  healthy: true,
  uptime_seconds: 0,
  error_count: 0,
  requests_handled: 0,
  error_rate: 0,
  memory_mb: 0,
  custom_metrics: {
    wise_authority_deferrals: 0,
    filter_matches: 0,
    thoughts_processed: 0,
    self_observation_insights: 0,
  },
};

function insertAccord(services: readonly Named[], name: string): readonly Named[] {
  const firstRegistered = services.findIndex(([each]) => each.startsWith('ServiceType.'));
  return services.toSpliced(firstRegistered, 0, [name, accordMetrics]);
}

/** Services of adapters; before the processor stands there is one. */
function registered({ agent, figures, shape }: Moment): readonly Named[] {
  const ids = objectIds(`${agent.agentId} ${agent.occurrenceId} ${agent.serverId} ${figures.run}`);
  const names = shape.registered.slice(0, figures.state === undefined ? 1 : undefined);
  return names.map((name) => [
    `ServiceType.${ids(name.replace('!', ''))}`,
    {
      healthy: !name.startsWith('!'),
      uptime_seconds: 0,
      error_count: 0,
      requests_handled: 0,
      error_rate: 0,
      memory_mb: null,
      custom_metrics: null,
    },
  ]);
}
