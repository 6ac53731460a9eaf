import { z } from 'zod';
import type { Micros } from '../../metric/time.ts';
import { readHealth, readState, type Word } from './cognitive-state.ts';
import { count, FieldReader, isoTime, uptime, withoutEnvelope } from './field-reader.ts';
import { type AgentHealth, type CognitiveState, type Severity, severities } from './sample.ts';

/** What an agent says of its health, to whoever asks. */
export interface HealthAnswer {
  /** False for what might be any other service: it gave neither a report nor a version. */
  readonly isAgent: boolean;
  readonly health: Word<AgentHealth>;
  readonly state: Word<CognitiveState>;
  readonly version: string | undefined;
  readonly uptimeSeconds: number | undefined;
  /** When it says so, by its own clock. */
  readonly saidAt: Micros | undefined;
  readonly degraded: boolean | undefined;
  readonly warnings: Readonly<Record<Severity, number>> | undefined;
  readonly providersHealthy: number | undefined;
  readonly providersUnhealthy: number | undefined;
  readonly problem: string | undefined;
}

export const versionText = z.string().regex(/^[\w.+-]{1,64}$/);
const word = z.string();
const provider = z.object({ available: count, healthy: count }).refine((p) => p.healthy <= p.available);
const providers = z.record(z.string(), provider);
const warnings = z.array(z.object({ severity: z.string() }));

/** Undefined when what answered is no agent. */
export function readHealthAnswer(body: unknown): HealthAnswer | undefined {
  const data = withoutEnvelope(body);
  if (typeof data?.status !== 'string' && typeof data?.version !== 'string') return undefined;
  const reader = new FieldReader();
  const registered = reader.required(data, 'services', providers);
  const sum = (of: (p: z.infer<typeof provider>) => number): number | undefined =>
    registered && Object.values(registered).reduce((total, each) => total + of(each), 0);
  return {
    isAgent: true,
    health: readHealth(reader.required(data, 'status', word)),
    state: readState(reader.optional(data, 'cognitive_state', word)),
    version: reader.required(data, 'version', versionText),
    uptimeSeconds: reader.required(data, 'uptime_seconds', uptime),
    saidAt: reader.optional(data, 'timestamp', isoTime),
    degraded: reader.optional(data, 'degraded_mode', z.boolean()),
    warnings: bySeverity(reader.optional(data, 'warnings', warnings)),
    providersHealthy: sum((p) => p.healthy),
    providersUnhealthy: sum((p) => p.available - p.healthy),
    problem: reader.problem,
  };
}

/** The answer of `/health`: `ok` says that the agent lives and nothing of how it is. */
export function readLiveness(body: unknown): HealthAnswer | undefined {
  const data = withoutEnvelope(body);
  const said = typeof data?.status === 'string' && data.status !== 'ok' ? data.status : undefined;
  const health = readHealth(said);
  // A word that agents do not use comes from another service.
  if (typeof data?.status !== 'string' || health.strange !== undefined) return undefined;
  const reader = new FieldReader();
  const version = reader.optional(data, 'version', versionText);
  return {
    isAgent: version !== undefined,
    health,
    state: readState(undefined),
    version,
    uptimeSeconds: undefined,
    saidAt: undefined,
    degraded: undefined,
    warnings: undefined,
    providersHealthy: undefined,
    providersUnhealthy: undefined,
    problem: reader.problem,
  };
}

function bySeverity(
  list: z.infer<typeof warnings> | undefined,
): Readonly<Record<Severity, number>> | undefined {
  if (list === undefined) return undefined;
  const counts: Record<Severity, number> = { info: 0, warning: 0, error: 0, unknown: 0 };
  for (const { severity } of list) counts[severities.find((known) => known === severity) ?? 'unknown'] += 1;
  return counts;
}
