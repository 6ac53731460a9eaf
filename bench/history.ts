import type { Pool } from 'pg';
import { rollupOf } from '../src/catalog/rollup.ts';
import { agentUsage } from '../src/collectors/agents/usage-metrics.ts';
import { createHistoryStore } from '../src/db/history/history.ts';
import type { HistoryPlan } from '../src/db/history/parts.ts';
import { readingOf } from '../src/db/history/series.ts';
import { historyStatement } from '../src/db/history/sql.ts';
import { microsFromMs } from '../src/metric/time.ts';
import { dayMs, hourMs } from '../src/runtime/duration.ts';
import { Releasers } from '../src/runtime/releasers.ts';
import { quantile } from './race.ts';
import { type Bench, figureText } from './result.ts';
import { makeRoom, openUsageDatabase, rollUp, usageCatalog } from './usage-database.ts';

const agents = 100;
const days = 30;
/**
 * The last of them have a row each minute, and are what rows as they came are read from: all 30 days would take minutes. Before that
 * there is one each quarter of an hour, for a rollup has a row for each 3 hours of a thing, however many samples it is made of.
 */
const minutelyDays = 5;
/** What the API chooses for so many days: 240 points for each agent. */
const stepSeconds = 10_800;
const questions = 60;
const rawQuestions = 3;

const metrics = [
  ['llmRequests', 'increase of a counter'],
  ['queueSize', 'average of a gauge'],
  ['llmBreaker', 'time in each state'],
] as const;

type Metric = (typeof metrics)[number][0];

export const historyBench: Bench = {
  name: 'history',
  brief:
    'One metric of 100 agents over 30 days; aim: p95 100 ms, and 30 x rows as they came, one each minute',
  async *run() {
    const releasers = new Releasers();
    try {
      const pool = await openUsageDatabase(releasers);
      const to = Math.floor(Date.now() / hourMs) * hourMs - 3 * hourMs;
      const range = { from: to - days * dayMs, to };
      await load(pool, range);
      await rollUp(pool);
      await pool.query('vacuum analyze');
      for (const [metric, title] of metrics) {
        const rolled = await timesOf(questions, () => fromRollups(pool, metric, range));
        const minutely = { from: to - minutelyDays * dayMs, to };
        const raw = await timesOf(rawQuestions, () => fromRows(pool, metric, minutely));
        const peerMs = (quantile(raw, 0.5) * days) / minutelyDays;
        const ms = quantile(rolled, 0.5);
        const peer = `rows as they came, ${figureText(peerMs)} ms by ${minutelyDays} of ${days} days`;
        yield { bench: 'history', case: `${title}, median`, value: ms, unit: 'ms', peer, ratio: peerMs / ms };
        yield { bench: 'history', case: `${title}, p95`, value: quantile(rolled, 0.95), unit: 'ms' };
      }
    } finally {
      await releasers.close();
    }
  },
};

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A day at a time, in the order in which rows come. */
async function load(pool: Pool, { from, to }: Range): Promise<void> {
  await makeRoom(pool, new Date(from), new Date(to));
  for (let day = from; day < to; day += dayMs) {
    const every = day < to - minutelyDays * dayMs ? '15 minutes' : '1 minute';
    await pool.query(
      `insert into telemetry.agent_usage
       select t, 'server-' || a % 4, 'agent-' || a, 'default', $1::timestamptz - interval '1 hour',
         n * 3, n * 1000, n * 400, n * 0.011, n / 100, n / 200, n * 2, n * 5, n / 50, 0, 'closed',
         (n * 7 + a) % 23, 20, 2, 500000000 + (n * 7919) % 1000000, 3.5 + (n % 100) / 100.0
       from generate_series($2::timestamptz, $3::timestamptz - interval '1 second', $4::interval) as t,
         generate_series(1, ${agents}) as a,
         lateral (select (extract(epoch from t - $1::timestamptz) / 60 + a)::bigint as n) as count
       order by t, a`,
      [new Date(from), new Date(day), new Date(day + dayMs), every],
    );
  }
}

async function timesOf(count: number, work: () => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  await work();
  for (let index = 0; index < count; index += 1) {
    const begun = performance.now();
    const series = await work();
    times.push(performance.now() - begun);
    if (series !== agents) throw new Error(`the answer has ${series} series and not ${agents}`);
  }
  return times;
}

async function fromRollups(pool: Pool, metric: Metric, { from, to }: Range): Promise<number> {
  const range = { from: microsFromMs(from), to: microsFromMs(to), stepSeconds };
  const query = { entity: agentUsage.name, metric, ...range, where: {}, maxSeries: agents };
  const found = await createHistoryStore(pool, usageCatalog).history(query, AbortSignal.timeout(60_000));
  if (found.resolution !== '3h') throw new Error(`it was read from ${found.resolution}`);
  return found.series.length;
}

/** The statement that is asked where there are no rollups. */
async function fromRows(pool: Pool, key: Metric, range: Range): Promise<number> {
  const rollup = rollupOf(agentUsage, '5m');
  const { table } = rollup;
  const metric = table.columns.find(
    ({ part, key: name }) => (part === 'value' || part === 'state') && name === key,
  );
  if (metric === undefined) throw new Error(`there is no ${key}`);
  const [from, to] = [microsFromMs(range.from), microsFromMs(range.to)];
  const segments = [{ resolution: 'raw', from, to }] as const;
  const plan: HistoryPlan = {
    rollup,
    metric,
    identity: table.columns.filter(({ part }) => part === 'identity'),
    where: [],
    before: [{ resolution: 'raw', to: from }],
    stored: undefined,
    range: { from, to, stepMicros: stepSeconds * 1e6, resolution: 'raw', segments },
  };
  const { text, values } = historyStatement(plan, readingOf(agentUsage.metrics[key]), agents + 1);
  const { rows } = await pool.query(text, [...values]);
  return rows.length;
}
