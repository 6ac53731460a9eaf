import { randomUUID } from 'node:crypto';
import type { ReportedFigures } from '../script.ts';
import { type Answer, envelope, type Moment } from './moment.ts';

/**
 * The answer of `/v1/telemetry/overview`: uptime, state and points are of now, sums of the time they were last computed at.
 * Errors and incidents are 0 whatever happens, as in every version.
 */
export function overview(moment: Moment, reported: ReportedFigures): Answer {
  const { figures, shape } = moment;
  const state = figures.state ?? 'UNKNOWN';
  const data = {
    uptime_seconds: figures.uptimeSeconds,
    cognitive_state: shape.overviewState ? state : 'UNKNOWN',
    messages_processed_24h: reported.messages,
    thoughts_processed_24h: reported.messages,
    tasks_completed_24h: Math.floor(reported.messages / 2),
    errors_24h: 0,
    tokens_last_hour: reported.tokens,
    cost_last_hour_cents: reported.costCents,
    carbon_last_hour_grams: reported.carbonGrams,
    energy_last_hour_kwh: reported.energyKwh,
    tokens_24h: reported.tokens,
    cost_24h_cents: reported.costCents,
    carbon_24h_grams: reported.carbonGrams,
    energy_24h_kwh: reported.energyKwh,
    memory_mb: figures.memoryMb,
    cpu_percent: figures.cpuPercent,
    ...(shape.overviewDisk ? { disk_used_mb: 25_600 } : {}),
    healthy_services: shape.healthyServices,
    degraded_services: shape.degradedServices,
    error_rate_percent: 0,
    current_task: null,
    reasoning_depth: 0,
    active_deferrals: 0,
    recent_incidents: 0,
    total_metrics: figures.reported.points,
    active_services: shape.healthyServices,
    metrics_per_second: 0,
    cache_hit_rate: 0,
  };
  return envelope(data, moment, randomUUID());
}
