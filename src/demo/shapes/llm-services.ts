import type { Breaker } from '../script.ts';
import type { Moment } from './moment.ts';
import { objectIds } from './object-ids.ts';
import { baseFigures, plainService, type Service } from './service.ts';

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The LLM service: the true counts of requests, tokens and money since the process started. */
export function llm({ figures, shape }: Moment): Service {
  const { uptimeSeconds } = figures;
  const { requests, errors, tokensInput, tokensOutput, costCents, breaker } = figures.llm;
  const errorRate = ratio(errors, requests);
  const counted = { request_count: requests, error_count: errors, error_rate: errorRate };
  const { healthy, ...base } = { ...baseFigures(uptimeSeconds), ...counted };
  const custom = {
    ...base,
    ...(shape.llm === 'real' ? { healthy, ...realModel(errors, requests, breaker) } : {}),
    llm_requests_total: requests,
    llm_tokens_input: tokensInput,
    llm_tokens_output: tokensOutput,
    llm_tokens_total: tokensInput + tokensOutput,
    llm_cost_cents: costCents,
    llm_errors_total: errors,
    llm_uptime_seconds: uptimeSeconds,
  };
  return {
    ...plainService(uptimeSeconds, custom),
    error_count: errors,
    requests_handled: requests === 0 ? null : requests,
    error_rate: errorRate,
  };
}

const breakerNumbers: Readonly<Record<Breaker, number>> = { closed: 0, half_open: 0.5, open: 1 };

/** What only a service with a model behind it tells. */
function realModel(errors: number, requests: number, breaker: Breaker) {
  return {
    circuit_breaker_state: breakerNumbers[breaker],
    consecutive_failures: breaker === 'closed' ? 0 : errors,
    recovery_attempts: breaker === 'closed' ? 0 : 1,
    last_failure_age_seconds: 0,
    success_rate: ratio(requests - errors, requests),
    call_count: requests,
    failure_count: errors,
    avg_response_time_ms: 900,
    max_response_time_ms: 2_000,
    min_response_time_ms: 300,
    total_api_calls: requests,
    successful_api_calls: requests - errors,
    api_success_rate: ratio(requests - errors, requests),
    model_cost_per_1k_tokens: 2.5,
    retry_delay_base: 1,
    retry_delay_max: 30,
    model_timeout_seconds: 300,
    model_max_retries: 3,
  };
}

/** The bus in front of it, which also counts the requests that an open breaker turns away. */
export function llmBus({ agent, figures, shape }: Moment): Service {
  const { uptimeSeconds } = figures;
  const { requests, failedRequests, breaker } = figures.llm;
  const counts = {
    llm_requests_total: requests,
    llm_failed_requests: failedRequests,
    llm_circuit_breakers_open: breaker === 'closed' ? 0 : 1,
    llm_providers_available: 1,
    llm_uptime_seconds: uptimeSeconds,
  };
  if (shape.busFigures === 'own') {
    const own = {
      llm_average_latency_ms: 5,
      llm_bus_messages_routed: requests,
      llm_bus_provider_selections: requests,
      llm_bus_routing_errors: 0,
      llm_bus_active_providers: 1,
    };
    return { ...plainService(uptimeSeconds, { ...counts, ...own }), requests_handled: 0 };
  }
  const provider = shape.busiestHasId ? 'Provider_#' : 'Provider';
  const busiest = objectIds(`${agent.agentId} ${figures.run} provider`)(provider);
  const custom = {
    messages_sent: requests,
    messages_received: requests,
    messages_dropped: 0,
    average_latency_ms: 5,
    active_subscriptions: 1,
    queue_depth: 0,
    errors_last_hour: failedRequests,
    ...(requests > 0 ? { busiest_service: busiest } : {}),
    ...counts,
  };
  return {
    ...plainService(uptimeSeconds, custom),
    error_count: failedRequests,
    requests_handled: requests,
  };
}
