import type { Pool } from 'pg';
import { type Catalog, findEntity } from '../../catalog/catalog.ts';
import type { Column, Table } from '../../catalog/table.ts';
import type { AnyMetric } from '../../metric/define.ts';
import type { Micros } from '../../metric/time.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { HistoryQuery, HistoryStore } from '../ports.ts';
import { readQuery } from '../query.ts';
import { requireTable } from '../rows/rows.ts';
import { readKept } from './kept.ts';
import type { HistoryPlan } from './parts.ts';
import { beforeRange, planRange } from './range.ts';
import { historyRows, seriesOf } from './series.ts';
import { counterStatement, gaugeStatement, type HistoryStatement, statesetStatement } from './sql.ts';

/** What `history` rejects with when the answer would hold more series than the query allows. */
export class TooManySeriesError extends TelemetryError {
  constructor({ entity, maxSeries }: HistoryQuery, attributes: readonly string[]) {
    super(
      'setting_invalid',
      `the history of ${entity} has more than ${maxSeries} series in this range: narrow it with ${attributes.join(' or ')}, or shorten it`,
    );
    this.name = 'TooManySeriesError';
  }
}

/**
 * Reads the typed tables of the catalog and their rollups, whichever answers soonest: the figures are the same. Rejects with
 * `not_found` for a name that the catalog does not have.
 */
export function createHistoryStore(pool: Pool, catalog: Catalog): HistoryStore {
  return {
    async history(query, signal) {
      const { metric, subject } = subjectOf(catalog, query);
      const kept = await readKept(pool, subject.table.name, signal);
      const stepMicros = Math.max(1, Math.round(query.stepSeconds * 1e6));
      const range = planRange({ from: query.from, to: query.to, stepMicros }, kept);
      const plan = {
        ...subject,
        range,
        before: beforeRange(range, kept),
        stored: kept.inTables ? kept.stored : undefined,
      };
      const until = Math.min(range.to, kept.now);
      // One more than the answer may have shows that there are too many.
      const statement = statementOf(metric, plan, { limit: query.maxSeries + 1, until });
      const what = `the history of ${query.entity}`;
      const asked = { what, ...statement, ...(range.resolution === 'raw' ? {} : { settings }) };
      const found = await readQuery(pool, signal, { ...asked, rows: historyRows });
      const series = seriesOf({ metric, plan, until }, found);
      if (series.length > query.maxSeries) {
        throw new TooManySeriesError(
          query,
          plan.identity.map(({ key }) => key),
        );
      }
      const { from, to, resolution } = range;
      return { from, to, stepSeconds: range.stepMicros / 1e6, resolution, series };
    },
  };
}

/**
 * A month of a hundred things is sorted and grouped in memory, and not by way of files. Not where all is rows as they came: with
 * more memory the planner takes to sorting millions of them, which is the slower way to group them. Nor is anything to be sorted for
 * a join: one side is always the list of series, which is far shorter than the planner takes it to be.
 */
const settings = [`work_mem = '32MB'`, 'enable_mergejoin = off'];

/** The statement that a plan comes to, whichever resolutions it reads. States are known until `until`. */
export function statementOf(
  { kind }: AnyMetric,
  plan: HistoryPlan,
  { limit, until }: { readonly limit: number; readonly until: Micros },
): HistoryStatement {
  if (kind === 'counter') return counterStatement(plan, limit);
  return kind === 'stateset' ? statesetStatement(plan, limit, until) : gaugeStatement(plan, limit);
}

interface Subject {
  readonly metric: AnyMetric;
  readonly subject: Omit<HistoryPlan, 'range' | 'before' | 'stored'>;
}

function subjectOf(catalog: Catalog, query: HistoryQuery): Subject {
  const table = requireTable(catalog, query.entity);
  const metric = findEntity(catalog, query.entity)?.metrics[query.metric];
  const column = table.columns.find(
    ({ part, key }) => (part === 'value' || part === 'state') && key === query.metric,
  );
  if (metric === undefined || column === undefined) {
    throw new TelemetryError('not_found', `${query.entity} has no metric "${query.metric}"`);
  }
  const identity = table.columns.filter(({ part }) => part === 'identity');
  return { metric, subject: { table, metric: column, identity, where: filtersOf(table, identity, query) } };
}

function filtersOf(table: Table, identity: readonly Column[], { where }: HistoryQuery): HistoryPlan['where'] {
  return Object.entries(where).map(([name, value]) => {
    const column = identity.find(({ key }) => key === name);
    if (column !== undefined) return [column, value];
    const names = identity.map(({ key }) => key).join(', ');
    throw new TelemetryError('not_found', `${table.entity} is not told apart by "${name}" but by ${names}`);
  });
}
