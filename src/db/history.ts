import type { Pool } from 'pg';
import { z } from 'zod';
import { type Catalog, findEntity } from '../catalog/catalog.ts';
import type { Column, Table } from '../catalog/table.ts';
import type { AnyMetric } from '../metric/define.ts';
import { TelemetryError } from '../runtime/errors.ts';
import { counterText, gaugeText, type HistoryPlan, statesetText } from './history-sql.ts';
import type { HistoryPoint, HistoryQuery, HistorySeries, HistoryStore } from './ports.ts';
import { readQuery } from './query.ts';
import { integerOf, requireTable } from './rows.ts';

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

/** Reads the typed tables of the catalog. Rejects with `not_found` for a name that the catalog does not have. */
export function createHistoryStore(pool: Pool, catalog: Catalog): HistoryStore {
  return {
    async history(query, signal) {
      const { metric, plan } = planOf(catalog, query);
      const stepMicros = Math.max(1, Math.round(query.stepSeconds * 1e6));
      const buckets = Math.ceil((query.to - query.from) / stepMicros) + 1;
      // A row more than the answer may have shows that there are too many series without reading them all.
      const limit = Math.max(0, query.maxSeries * buckets) + 1;
      const filters = plan.where.map(({ key }) => query.where[key]);
      const values = [query.from, query.to, stepMicros, limit, ...filters];
      const what = `the history of ${query.entity}`;
      const found = await readQuery(pool, signal, { what, text: textOf(metric, plan), values, rows: answer });
      const series = seriesOf(plan, found, (cells) => pointOf(metric, cells));
      if (series.length <= query.maxSeries) return series;
      throw new TooManySeriesError(
        query,
        plan.identity.map(({ key }) => key),
      );
    },
  };
}

const answer = z.array(z.tuple([z.string(), z.string(), z.string()], z.string().nullable()));
type Cells = z.infer<typeof answer>[number];
const identityValues = z.array(z.string());

function planOf(
  catalog: Catalog,
  query: HistoryQuery,
): { readonly metric: AnyMetric; readonly plan: HistoryPlan } {
  const table = requireTable(catalog, query.entity);
  const metric = findEntity(catalog, query.entity)?.metrics[query.metric];
  const column = table.columns.find(
    ({ part, key }) => (part === 'value' || part === 'state') && key === query.metric,
  );
  if (metric === undefined || column === undefined) {
    throw new TelemetryError('not_found', `${query.entity} has no metric "${query.metric}"`);
  }
  const identity = table.columns.filter(({ part }) => part === 'identity');
  return { metric, plan: { table, metric: column, identity, where: filtersOf(table, identity, query) } };
}

function filtersOf(table: Table, identity: readonly Column[], { where }: HistoryQuery): readonly Column[] {
  return Object.keys(where).map((name) => {
    const column = identity.find(({ key }) => key === name);
    if (column !== undefined) return column;
    const names = identity.map(({ key }) => key).join(', ');
    throw new TelemetryError('not_found', `${table.entity} is not told apart by "${name}" but by ${names}`);
  });
}

function textOf(metric: AnyMetric, plan: HistoryPlan): string {
  if (metric.kind === 'counter') return counterText(plan);
  return metric.kind === 'stateset' ? statesetText(plan) : gaugeText(plan);
}

/** The rows come series by series. */
function seriesOf(
  { identity }: HistoryPlan,
  rows: readonly Cells[],
  toPoint: (cells: Cells) => HistoryPoint,
): readonly HistorySeries[] {
  const series: { readonly identity: Readonly<Record<string, string>>; readonly points: HistoryPoint[] }[] =
    [];
  let current: string | undefined;
  for (const cells of rows) {
    if (cells[0] !== current) {
      current = cells[0];
      const values = identityValues.parse(JSON.parse(current));
      const names = identity.map(({ key }, index) => [key, values[index] ?? '']);
      series.push({ identity: Object.fromEntries(names), points: [] });
    }
    series.at(-1)?.points.push(toPoint(cells));
  }
  return series;
}

function pointOf(metric: AnyMetric, [, time, samples, first, least, greatest]: Cells): HistoryPoint {
  const isState = metric.kind === 'stateset';
  const figure = (text: string | null | undefined): number | bigint | undefined => {
    if (isState || text === null || text === undefined) return undefined;
    return metric.value === 'int' && /^-?\d+$/.test(text) ? integerOf(text) : Number(text);
  };
  return {
    time: Number(time),
    value: figure(first),
    min: figure(least),
    max: figure(greatest),
    state: isState ? (first ?? undefined) : undefined,
    samples: Number(samples),
  };
}
