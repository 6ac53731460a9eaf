import { catalog } from '../catalog/catalog.ts';
import { onDatabase } from '../db/connect/on-database.ts';
import { startEmbedded } from '../db/embedded/embedded.ts';
import { applyPolicies } from '../db/policy/apply.ts';
import { type PolicyPlan, planPolicies } from '../db/policy/plan.ts';
import { type ShownPolicies, showPolicies } from '../db/policy/show.ts';
import type { RetentionWish } from '../db/policy/wanted.ts';
import type { Logger } from '../runtime/logger.ts';

export interface PoliciesOptions {
  /** Of the tables' owner; the embedded database when not given. */
  readonly databaseUrl: string | undefined;
  readonly stateDir: string;
  readonly retention: RetentionWish | undefined;
  readonly logger: Logger;
}

/** As the command line shows them. */
export type AppliedChange = PolicyPlan['changes'][number];
export type RetentionRemark = PolicyPlan['remarks'][number];
export type RetentionInForce = ShownPolicies;

const withinMs = 60_000;

/** What `apply` would change. Throws `setting_invalid` for settings that would lose data. */
export function planRetention(options: PoliciesOptions): Promise<PolicyPlan> {
  const { retention } = options;
  return on('plan the policies', options, (client) => planPolicies(client, { catalog, retention }));
}

/** Puts the settings in force; gives what that changed. */
export function applyRetention(options: PoliciesOptions): Promise<PolicyPlan> {
  const { retention } = options;
  return on('apply the policies', options, async (client) => {
    const plan = await planPolicies(client, { catalog, retention });
    await applyPolicies(client, { catalog, retention });
    return plan;
  });
}

/** What is in force, with sizes and the oldest rows. */
export function showRetention(options: PoliciesOptions): Promise<ShownPolicies> {
  return on('show the policies', options, (client) => showPolicies(client, catalog));
}

async function on<T>(
  what: string,
  { databaseUrl, stateDir, logger }: PoliciesOptions,
  work: Parameters<typeof onDatabase<T>>[2],
): Promise<T> {
  const signal = AbortSignal.timeout(withinMs);
  const errand = { what, name: 'ciris-telemetry policies', logger, signal };
  if (databaseUrl !== undefined) return onDatabase(databaseUrl, errand, work);
  const embedded = await startEmbedded({ stateDir, logger, signal });
  try {
    return await onDatabase(embedded.url, errand, work);
  } finally {
    await embedded.stop();
  }
}
