import type { Pool } from 'pg';
import { type Catalog, findEntity } from '../../catalog/catalog.ts';
import { rollupOf } from '../../catalog/rollup.ts';
import type { Column, Table } from '../../catalog/table.ts';
import type { AnyMetric } from '../../metric/define.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { HistoryQuery, HistoryStore } from '../ports.ts';
import { readQuery } from '../query.ts';
import { requireTable } from '../rows/rows.ts';
import { readKept } from './kept.ts';
import type { HistoryPlan } from './parts.ts';
import { beforeRange, planRange } from './range.ts';
import { historyRows, readingOf, seriesOf } from './series.ts';
import { historyStatement } from './sql.ts';

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
      const reading = readingOf(metric);
      const kept = await readKept(pool, query.entity, signal);
      const stepMicros = Math.max(1, Math.round(query.stepSeconds * 1e6));
      const range = planRange({ from: query.from, to: query.to, stepMicros }, kept);
      const plan = {
        ...subject,
        range,
        before: beforeRange(range, kept),
        stored: kept.inTables ? kept.stored : undefined,
      };
      // One more than the answer may have shows that there are too many.
      const statement = historyStatement(plan, reading, query.maxSeries + 1);
      const what = `the history of ${query.entity}`;
      const isEmpty = range.segments.length === 0;
      const found = isEmpty
        ? []
        : await readQuery(pool, signal, { what, ...statement, settings, rows: historyRows });
      const until = Math.min(range.to, kept.now);
      const series = seriesOf({ metric, plan, until, holdMicros: kept.holdMicros }, found);
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
 * A month of a hundred things is grouped in memory, and neither by way of files nor by sorting: the planner takes the things to be
 * far more, and their lists to be longer, than they are.
 */
const settings = [`work_mem = '32MB'`, 'hash_mem_multiplier = 8'];

interface Subject {
  readonly metric: AnyMetric;
  readonly subject: Omit<HistoryPlan, 'range' | 'before' | 'stored'>;
}

function subjectOf(catalog: Catalog, query: HistoryQuery): Subject {
  const table = requireTable(catalog, query.entity);
  const entity = findEntity(catalog, query.entity);
  const metric = entity?.metrics[query.metric];
  const column = table.columns.find(
    ({ part, key }) => (part === 'value' || part === 'state') && key === query.metric,
  );
  if (entity === undefined || metric === undefined || column === undefined) {
    throw new TelemetryError('not_found', `${query.entity} has no metric "${query.metric}"`);
  }
  const identity = table.columns.filter(({ part }) => part === 'identity');
  const where = filtersOf(table, identity, query);
  return { metric, subject: { rollup: rollupOf(entity, '5m'), metric: column, identity, where } };
}

function filtersOf(table: Table, identity: readonly Column[], { where }: HistoryQuery): HistoryPlan['where'] {
  return Object.entries(where).map(([name, value]) => {
    const column = identity.find(({ key }) => key === name);
    if (column !== undefined) return [column, value];
    const names = identity.map(({ key }) => key).join(', ');
    throw new TelemetryError('not_found', `${table.entity} is not told apart by "${name}" but by ${names}`);
  });
}
