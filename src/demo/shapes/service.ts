/** One service as `unified` tells of it. */
export interface Service {
  readonly healthy: boolean;
  readonly uptime_seconds: number;
  readonly error_count: number;
  readonly requests_handled: number | null;
  readonly error_rate: number;
  readonly memory_mb: number | null;
  readonly custom_metrics: Readonly<Record<string, number | string>> | null;
}

/** A service with nothing special about it. */
export function plainService(uptime: number, custom: Service['custom_metrics']): Service {
  return {
    healthy: true,
    uptime_seconds: uptime,
    error_count: 0,
    requests_handled: null,
    error_rate: 0,
    memory_mb: null,
    custom_metrics: custom,
  };
}

/** What every service counts of itself. */
export const baseFigures = (uptime: number) => ({
  uptime_seconds: uptime,
  request_count: 0,
  error_count: 0,
  error_rate: 0,
  healthy: 1,
});
