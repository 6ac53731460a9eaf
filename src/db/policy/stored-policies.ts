import type { ClientBase } from 'pg';
import { z } from 'zod';
import { dayMs, minuteMs } from '../../runtime/duration.ts';
import type { Policy, Relation } from './policy.ts';

/** A policy as the database holds it. */
export interface StoredPolicy extends Policy {
  /** Rows before this, in milliseconds since 1970, may have been dropped; undefined while none have. */
  readonly goneBefore: number | undefined;
}

/** What another hand wrote may have no end; it is refused as what it is. */
const ms = z.string().transform(Number).nullable();
const storedRow = z.object({
  relation: z.string(),
  keep_raw: ms,
  keep_5m: ms,
  keep_1h: ms,
  compress_after: ms,
  late: ms,
  gone_before: ms,
});

const msOf = (column: string): string => `extract(epoch from ${column}) * 1000 as ${column}`;

/** The policies in force of these relations, by name. One of which a part is missing is not in force, and not there. */
export async function readPolicies(
  client: ClientBase,
  relations: readonly Relation[],
): Promise<ReadonlyMap<string, StoredPolicy>> {
  const periods = ['keep_raw', 'keep_5m', 'keep_1h', 'compress_after', 'late', 'gone_before'];
  const { rows } = await client.query(
    `select relation, ${periods.map(msOf).join(', ')} from telemetry.policy`,
  );
  const byName = new Map(relations.map((relation) => [relation.name, relation]));
  const stored = new Map<string, StoredPolicy>();
  for (const row of z.array(storedRow).parse(rows)) {
    const relation = byName.get(row.relation);
    const policy = relation === undefined ? undefined : policyOf(relation, row);
    if (policy !== undefined) stored.set(row.relation, policy);
  }
  return stored;
}

function policyOf(relation: Relation, row: z.infer<typeof storedRow>): StoredPolicy | undefined {
  const { keep_raw, keep_5m, keep_1h, compress_after, late } = row;
  if (keep_raw === null || compress_after === null || late === null) return undefined;
  if (relation.rolledUp && (keep_5m === null || keep_1h === null)) return undefined;
  return {
    relation,
    keepRaw: keep_raw,
    keep5m: keep_5m ?? undefined,
    keep1h: keep_1h ?? undefined,
    compressAfter: compress_after,
    late,
    goneBefore: row.gone_before ?? undefined,
  };
}

/** Puts a policy in force in place of the one before; what may be gone stays known, and so becomes what that one kept for less long. */
export async function writePolicy(client: ClientBase, policy: Policy): Promise<void> {
  const { relation, keepRaw, keep5m, keep1h, compressAfter, late } = policy;
  await client.query(
    `insert into telemetry.policy as stored (relation, keep_raw, keep_5m, keep_1h, compress_after, late)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (relation) do update set keep_raw = excluded.keep_raw, keep_5m = excluded.keep_5m,
       keep_1h = excluded.keep_1h, compress_after = excluded.compress_after, late = excluded.late,
       gone_before_5m = case when excluded.keep_5m > stored.keep_5m
         then greatest(stored.gone_before_5m, now() - stored.keep_5m) else stored.gone_before_5m end`,
    [relation.name, ...[keepRaw, keep5m, keep1h, compressAfter, late].map(intervalText)],
  );
}

/** Remembers that rows before this time may be gone. */
export async function markGone(client: ClientBase, relation: string, before: number): Promise<void> {
  await client.query(
    `update telemetry.policy set gone_before = greatest(gone_before, to_timestamp($2::double precision))
     where relation = $1`,
    [relation, before / 1000],
  );
}

/** Days are days to PostgreSQL only where they are written as such. */
function intervalText(ms: number | undefined): string | null {
  if (ms === undefined) return null;
  return ms % dayMs === 0 ? `${ms / dayMs} days` : `${ms / minuteMs} minutes`;
}
