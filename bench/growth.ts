import type { Pool } from 'pg';
import { agentUsage } from '../src/collectors/agents/usage-metrics.ts';
import { createHistoryStore } from '../src/db/history/history.ts';
import { createRowStore } from '../src/db/rows/row-store.ts';
import type { Row } from '../src/metric/row.ts';
import { microsFromMs } from '../src/metric/time.ts';
import { hourMs, minuteMs } from '../src/runtime/duration.ts';
import { Releasers } from '../src/runtime/releasers.ts';
import { quantile } from './race.ts';
import type { Bench } from './result.ts';
import { makeRoom, openUsageDatabase, rollUp, sizeOf, usageCatalog } from './usage-database.ts';

const sizes = [10, 100, 1000];
/** Snapshots of a minute each. */
const snapshots = 240;
const questions = 20;
const from = Math.floor(Date.now() / hourMs) * hourMs - 6 * hourMs;

export const growthBench: Bench = {
  name: 'growth',
  brief: 'Four hours of 10, 100 and 1000 agents, a snapshot each minute, into the embedded PostgreSQL',
  async *run() {
    for (const agents of sizes) {
      const releasers = new Releasers();
      try {
        const pool = await openUsageDatabase(releasers);
        await makeRoom(pool, new Date(from), new Date(from + 6 * hourMs));
        const figure = (what: string, value: number, unit: string) => ({
          bench: 'growth',
          case: `${agents} agents, ${what}`,
          value,
          unit,
        });
        yield figure('stored', await storeAll(pool, agents), 'rows/s');
        const begun = performance.now();
        await rollUp(pool);
        yield figure('rolled up', (agents * snapshots * 1000) / (performance.now() - begun), 'rows/s');
        await pool.query('vacuum analyze');
        yield figure('history of one metric of all', await historyMs(pool, agents), 'ms');
        const [rows, rollup] = [
          await sizeOf(pool, 'telemetry.agent_usage'),
          await sizeOf(pool, 'telemetry_data.agent_usage_1h'),
        ];
        yield figure('a row with its indexes', rows.bytes / rows.rows, 'bytes');
        yield figure('a row of the rollup of 1 h', rollup.bytes / rollup.rows, 'bytes');
      } finally {
        await releasers.close();
      }
    }
  },
};

/** A snapshot a transaction, as the writer is sent them; rows in a second. */
async function storeAll(pool: Pool, agents: number): Promise<number> {
  const store = createRowStore(pool, { catalog: usageCatalog });
  let spentMs = 0;
  for (let snapshot = 0; snapshot < snapshots; snapshot += 1) {
    const rows = rowsOf(agents, snapshot);
    const begun = performance.now();
    const outcome = await store.store(rows, AbortSignal.timeout(10_000));
    spentMs += performance.now() - begun;
    if (outcome.kind !== 'stored' || outcome.inserted !== agents) throw new Error(JSON.stringify(outcome));
  }
  return (agents * snapshots * 1000) / spentMs;
}

function rowsOf(agents: number, snapshot: number): readonly Row[] {
  return Array.from({ length: agents }, (_, agent) => {
    const n = snapshot + agent;
    return {
      entity: agentUsage.name,
      time: microsFromMs(from + snapshot * minuteMs),
      start: microsFromMs(from - hourMs),
      identity: {
        'ciris.server.id': `server-${agent % 4}`,
        'ciris.agent.id': `agent-${agent}`,
        'ciris.agent.occurrence.id': 'default',
      },
      info: {},
      values: Object.fromEntries(
        Object.entries(agentUsage.metrics).flatMap(([key, metric], index) =>
          metric.kind === 'stateset' ? [] : [[key, metric.value === 'int' ? n * (index + 1) : n * 0.37]],
        ),
      ),
      states: {},
    };
  });
}

/** Of all agents by steps of 5 minutes; the median. */
async function historyMs(pool: Pool, agents: number): Promise<number> {
  const history = createHistoryStore(pool, usageCatalog);
  const range = { from: microsFromMs(from), to: microsFromMs(from + 4 * hourMs), stepSeconds: 300 };
  const query = { entity: agentUsage.name, metric: 'llmRequests', ...range, where: {}, maxSeries: agents };
  const times: number[] = [];
  for (let question = 0; question < questions; question += 1) {
    const begun = performance.now();
    const { series } = await history.history(query, AbortSignal.timeout(60_000));
    times.push(performance.now() - begun);
    if (series.length !== agents) throw new Error(`the answer has ${series.length} series and not ${agents}`);
  }
  return quantile(times, 0.5);
}
