import { startUp } from '../script.ts';
import { llm, llmBus } from './llm-services.ts';
import { type Moment, pythonTime } from './moment.ts';
import { baseFigures, plainService, type Service } from './service.ts';

const buses = ['memory_bus', 'communication_bus', 'wise_bus', 'tool_bus', 'runtime_control_bus'] as const;
const graph = ['memory', 'config', 'telemetry', 'audit'] as const;
const infrastructure = ['time', 'shutdown', 'initialization', 'authentication'] as const;
const keepers = ['database_maintenance', 'secrets', 'wise_authority'] as const;
const governance = ['visibility', 'self_observation', 'consent'] as const;

/** The services that every agent has, in the order in which it names them. */
export function coreServices(moment: Moment): readonly (readonly [string, Service])[] {
  const { figures } = moment;
  const uptime = figures.uptimeSeconds;
  const ofBase = (name: string) => [name, plainService(uptime, baseFigures(uptime))] as const;
  return [
    ['llm_bus', llmBus(moment)],
    ...buses.map((name) => [name, bus(moment)] as const),
    ...graph.map(ofBase),
    ['incident_management', plainService(uptime, incidents(uptime))],
    ['tsdb_consolidation', plainService(uptime, { tsdb_uptime_seconds: uptime })],
    ...infrastructure.map(ofBase),
    ['resource_monitor', resourceMonitor(moment)],
    ...keepers.map(ofBase),
    ['adaptive_filter', adaptiveFilter(moment)],
    ...governance.map(ofBase),
    ['llm', llm(moment)],
    ...(['runtime_control', 'task_scheduler', 'secrets_tool'] as const).map(ofBase),
    ['api_bootstrap', apiAdapter(moment)],
    ['service_registry', serviceRegistry(moment)],
    ['agent_processor', agentProcessor(moment)],
  ];
}

function bus({ figures, shape }: Moment): Service {
  const custom = {
    messages_sent: figures.messages,
    messages_received: figures.messages,
    messages_dropped: 0,
    average_latency_ms: 0,
    active_subscriptions: 1,
    queue_depth: 0,
    errors_last_hour: 0,
  };
  const service = plainService(figures.uptimeSeconds, shape.busFigures === 'common' ? custom : {});
  return { ...service, requests_handled: shape.busFigures === 'common' ? figures.messages : 0 };
}

const incidents = (uptime: number) => ({
  incidents_created: 0,
  incidents_resolved: 0,
  incidents_active: 0,
  incident_uptime_seconds: uptime,
});

function resourceMonitor({ figures }: Moment): Service {
  const { uptimeSeconds, cpuPercent, memoryMb } = figures;
  const custom = {
    ...baseFigures(uptimeSeconds),
    cpu_percent: cpuPercent,
    memory_mb: memoryMb,
    disk_usage_gb: 25,
    network_bytes_sent: 400_000,
    network_bytes_recv: 400_000,
    resource_monitor_uptime_seconds: uptimeSeconds,
    tokens_used_hour: 0,
    thoughts_active: 0,
    warnings: 0,
    critical: 0,
    credit_provider_enabled: 0,
    credit_last_available: -1,
    credit_error_flag: 0,
    credit_last_timestamp: 0,
  };
  return { ...plainService(uptimeSeconds, custom), memory_mb: memoryMb };
}

function adaptiveFilter({ figures: { uptimeSeconds, messages } }: Moment): Service {
  return plainService(uptimeSeconds, {
    ...baseFigures(uptimeSeconds),
    total_filtered: 0,
    total_messages_processed: messages,
    false_positive_reports: 0,
    filter_count: 10,
    attention_triggers: 3,
    review_triggers: 4,
    llm_filters: 3,
    filter_messages_total: messages,
    filter_passed_total: messages,
    filter_blocked_total: 0,
    filter_adaptations_total: 1,
    filter_uptime_seconds: uptimeSeconds,
  });
}

function apiAdapter({ figures: { uptimeSeconds }, now }: Moment): Service {
  const started = pythonTime(now - uptimeSeconds * 1000);
  const custom = { adapter_id: 'api_bootstrap', adapter_type: 'api', start_time: started };
  return { ...plainService(uptimeSeconds, custom), requests_handled: 0 };
}

/** Its count of open breakers is 0 whatever the breakers do. */
function serviceRegistry({ figures, shape }: Moment): Service {
  const services = shape.registered.length + 10;
  return plainService(0, {
    healthy: 1,
    registry_total_services: services,
    registry_service_types: 9,
    registry_circuit_breakers: services,
    registry_open_breakers: 0,
    registry_service_lookups: figures.thoughts,
    registry_service_hits: figures.thoughts,
    registry_service_misses: 0,
    registry_hit_rate: 1,
    registry_health_check_failures: 0,
    registry_max_open_breakers: 0,
    registry_services_registered: services,
    registry_lookups_total: figures.thoughts,
    registry_registrations_total: services,
    registry_deregistrations_total: 0,
  });
}

const stateNumbers = { wakeup: 0, work: 1, shutdown: 5 } as const;

/** The youngest service; while it does not stand it is there, unhealthy and without figures. */
function agentProcessor({ figures: { state, uptimeSeconds, thoughts, wakeup } }: Moment): Service {
  if (state === undefined) {
    return { ...plainService(0, null), healthy: false, requests_handled: 0 };
  }
  const uptime = uptimeSeconds - startUp.processor;
  return plainService(uptime, {
    processor_uptime_seconds: uptime,
    processor_queue_size: 0,
    processor_healthy: 1,
    healthy: 1,
    uptime_seconds: uptime,
    processor_current_state_name: state,
    processor_thoughts_total: thoughts,
    processor_actions_total: 0,
    processor_state_transitions: wakeup > 0 ? 3 : 2,
    processor_current_state: stateNumbers[state],
  });
}
