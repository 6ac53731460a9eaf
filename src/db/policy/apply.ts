import type { ClientBase } from 'pg';
import { goneBefore, type PolicyOptions, requireReach, wantedOf } from './plan.ts';
import type { Policy } from './policy.ts';
import { markGone, writePolicy } from './stored-policies.ts';
import { syncJobs } from './sync-jobs.ts';
import { refusalsOf } from './validate.ts';

export interface ApplyOptions extends PolicyOptions {
  /** Leaves the policies that there are: only tables without one get theirs. */
  readonly onlyMissing?: boolean;
}

/**
 * Puts the wanted policies in force, all or none, in a transaction of its own. Throws `setting_invalid` for settings that
 * would lose data. Nothing is dropped here: maintenance and TimescaleDB's jobs do that by what is in force.
 */
export async function applyPolicies(client: ClientBase, options: ApplyOptions): Promise<void> {
  await client.query('begin');
  try {
    await putInForce(client, options);
    await client.query('commit');
  } catch (thrown) {
    // The connection may be gone, and then the transaction is.
    await client.query('rollback').catch(() => {});
    throw thrown;
  }
}

async function putInForce(
  client: ClientBase,
  { onlyMissing = false, ...options }: ApplyOptions,
): Promise<void> {
  // Migrations that end earlier know of no policy.
  const { rowCount } = await client.query(
    `select from pg_attribute where attrelid = to_regclass('telemetry.policy') and attname = 'gone_before_5m'`,
  );
  if (rowCount === 0) return;
  // One at a time: whoever comes second sees what the first has done.
  await client.query('lock table telemetry.policy in share row exclusive mode');
  const wanted = await wantedOf(client, options);
  const inForce = new Map<string, Policy>(wanted.stored);
  for (const [name, policy] of inForce) {
    // What somebody else's hand wrote, no job is to follow.
    if (refusalsOf(policy).length > 0) inForce.delete(name);
  }
  for (const policy of wanted.policies) {
    const { name } = policy.relation;
    if (onlyMissing && wanted.stored.has(name)) continue;
    requireReach(policy, wanted);
    const gone = goneBefore(policy, wanted);
    await writePolicy(client, policy);
    if (gone !== undefined) await markGone(client, name, gone);
    inForce.set(name, policy);
  }
  await syncJobs(client, wanted.storage, inForce);
}
