import { z } from 'zod';
import type { ApiServer } from '../api-server.ts';
import type { ApiDeps, ReadinessCheck } from '../deps.ts';
import { ProblemError, problemSchema, readinessCheckSchema } from '../problem.ts';
import { ageSeconds } from '../views.ts';

const readySchema = z.object({ ready: z.literal(true), checks: z.array(readinessCheckSchema) });

/** Snapshots that may be missed before the service counts as stuck. */
const missedSnapshots = 3;

export function readyRoute(app: ApiServer, deps: ApiDeps): void {
  const summary = 'Whether snapshots are taken and, where there is a database, stored.';
  app.get(
    '/readyz',
    { schema: { summary, response: { 200: readySchema, 503: problemSchema } } },
    async () => {
      const checks = [snapshotCheck(deps), ...deps.readiness()].map((check) => ({ ...check }));
      const missing = checks.filter(({ ready }) => !ready);
      if (missing.length === 0) return { ready: true as const, checks };
      const reasons = missing.map(({ name, reason }) => `${name}: ${reason ?? 'not ready'}`);
      throw new ProblemError('not_ready', reasons.join('; '), { checks, headers: { 'retry-after': '2' } });
    },
  );
}

function snapshotCheck({ snapshots, clock, intervalSeconds }: ApiDeps): ReadinessCheck {
  const name = 'snapshot';
  const latest = snapshots.latest();
  if (latest === undefined) return { name, ready: false, reason: 'none has been taken yet' };
  const age = ageSeconds(latest, clock.now());
  if (age <= intervalSeconds * missedSnapshots + latest.durationMs / 1000) return { name, ready: true };
  const reason = `the latest is ${Math.round(age)} s old although one is due every ${intervalSeconds} s`;
  return { name, ready: false, reason };
}
