import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolutions, rollupOf } from '../../../src/catalog/rollup.ts';
import { tableOf } from '../../../src/catalog/table.ts';
import { container } from '../../../src/collectors/docker/metrics.ts';
import { createHistoryStore } from '../../../src/db/history/history.ts';
import type { Row } from '../../../src/metric/row.ts';
import { base, deliveries, drawnMicros, moment } from './arbitrary-rows.ts';
import {
  catalog,
  type Database,
  type DatabaseUnderTest,
  keepingOnly,
  never,
  ofHost,
  round,
  store,
} from './databases.ts';
import { expectSameHistory } from './expect-history.ts';
import { historyByForce } from './history-oracle.ts';
import { expectSameRollup, readRollup } from './read-rollup.ts';
import { rollupByForce } from './rollup-oracle.ts';
import { storedOf } from './samples.ts';

const question = fc.record({
  metric: fc.constantFrom('cpuTimeUser', 'networkReceive', 'cpuUsage', 'memoryUsage', 'state', 'health'),
  from: fc.oneof(moment, fc.constantFrom(base, base - drawnMicros)),
  width: fc.oneof(
    fc.integer({ min: 1, max: drawnMicros }),
    fc.constantFrom(2, 3).map((more) => more * drawnMicros),
  ),
  stepSeconds: fc.constantFrom(7, 60, 300, 600, 3600, 7200, 10_800),
  kept: fc.constantFrom('raw' as const, '5m' as const, '1h' as const),
});
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;

/** Rollups and history of random rows, against brute force; to be called while tests are collected. */
export function randomRows(databases: readonly DatabaseUnderTest[]): void {
  describe.each(databases)('$name', ({ open, runs }) => {
    let database: Database;
    let pool: Pool;
    let hosts = 0;
    beforeAll(async () => {
      database = await open();
      pool = database.pool;
    }, 600_000);
    afterAll(() => database.stop());

    async function expectRollups(host: string, stored: readonly Row[]): Promise<void> {
      for (const resolution of resolutions) {
        const found = await readRollup(pool, rollupOf(container, resolution), host);
        expectSameRollup(found, rollupByForce(container, resolution, stored));
      }
    }

    async function expectAnswer(host: string, stored: readonly Row[], asked: Question): Promise<void> {
      const { metric, from, width, stepSeconds } = asked;
      const where = { 'ciris.server.id': host };
      const query = { entity: 'container', metric, from, to: from + width, stepSeconds, where, maxSeries: 9 };
      const found = await createHistoryStore(pool, catalog).history(query, never);
      const range = { from: found.from, to: found.to, stepMicros: found.stepSeconds * 1e6 };
      expectSameHistory(found, historyByForce(container, metric, stored, range));
    }

    /** Rows come, are rolled up, others come too late for that; then rollups and answers must be those of brute force. */
    function property(between: () => Promise<void>) {
      const questions = fc.array(question, { minLength: 1, maxLength: 5 });
      return fc.asyncProperty(deliveries, questions, async ({ early, late }, asked) => {
        hosts += 1;
        const host = `host-${hosts}`;
        const rows = [ofHost(host, early), ofHost(host, late)];
        for (const delivered of rows) {
          await store(pool, delivered);
          await between();
        }
        const stored = storedOf(tableOf(container), rows.flat());
        await expectRollups(host, stored);
        for (const one of asked) {
          await keepingOnly(pool, one.kept, () => expectAnswer(host, stored, one));
        }
      });
    }

    it('shows rollups before any is stored, and answers from them', async () => {
      await fc.assert(
        property(async () => {}),
        { numRuns: runs },
      );
    }, 600_000);

    it('stores rollups, late rows included, and answers from them', async () => {
      await fc.assert(
        property(() => round(pool)),
        { numRuns: runs },
      );
      const { rows } = await pool.query('select count(*)::int as late from telemetry.late_bucket');
      expect(rows).toEqual([{ late: 0 }]);
    }, 600_000);
  });
}
