import type { Value } from '../../metric/row.ts';
import { bigintArray, doubleArray, textArray, timeArray } from '../rows/binary-array.ts';
import type { Statement } from '../table-sql.ts';
import type { PlacedPoint } from './series-dictionary.ts';
import type {
  SeriesExponentialHistogram,
  SeriesHistogram,
  SeriesNumber,
  SeriesPoint,
  SeriesSummary,
} from './series-point.ts';

/** The table of one kind of points. */
export interface PointTable<Point extends SeriesPoint> {
  readonly holds: (placed: PlacedPoint) => placed is PlacedPoint<Point>;
  readonly statements: InsertStatements;
  readonly columns: (points: readonly PlacedPoint<Point>[]) => Buffer[];
}

/** Both take an array per column. */
export interface InsertStatements {
  /** Fails where a series has a point at the time already; as quick as COPY. */
  readonly insertAll: Statement;
  /** Leaves such points alone, at half as much cost again. */
  readonly insertNew: Statement;
}

/** A list is passed as text, since `unnest` would take lists of lists apart. */
type ColumnType = 'bigint' | 'timestamptz' | 'double precision' | 'bigint[]' | 'double precision[]';

function insertInto(table: string, columns: Readonly<Record<string, ColumnType>>): InsertStatements {
  const key = { series_id: 'bigint', time: 'timestamptz', start_time: 'timestamptz' };
  const all = Object.entries({ ...key, ...columns });
  const names = all.map(([name]) => name).join(', ');
  // Taken apart in step by the select itself; in its `from`, the rows would be written to memory first.
  const values = all.map(([, type], index) =>
    type.endsWith('[]') ? `unnest($${index + 1}::text[])::${type}` : `unnest($${index + 1}::${type}[])`,
  );
  const text = `insert into telemetry.${table} (${names}) select ${values.join(', ')}`;
  return {
    insertAll: { name: `insert all ${table}`, text },
    insertNew: { name: `insert new ${table}`, text: `${text} on conflict (series_id, time) do nothing` },
  };
}

type Points<Point extends SeriesPoint> = readonly PlacedPoint<Point>[];

function keyColumns(points: Points<SeriesPoint>): Buffer[] {
  return [
    bigintArray(points.length, (index) => points[index]?.id.id),
    timeArray(points.length, (index) => points[index]?.point.time),
    timeArray(points.length, (index) => points[index]?.point.start),
  ];
}

export const numberTable: PointTable<SeriesNumber> = {
  holds: (placed): placed is PlacedPoint<SeriesNumber> => placed.point.kind === 'number',
  statements: insertInto('number_point', { value_double: 'double precision', value_int: 'bigint' }),
  columns: (points) => [
    ...keyColumns(points),
    doubleArray(points.length, (index) => {
      const value = points[index]?.point.value;
      return typeof value === 'number' && !Number.isSafeInteger(value) ? value : undefined;
    }),
    bigintArray(points.length, (index) => {
      const value = points[index]?.point.value;
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? value : undefined;
    }),
  ],
};

export const histogramTable: PointTable<SeriesHistogram> = {
  holds: (placed): placed is PlacedPoint<SeriesHistogram> => placed.point.kind === 'histogram',
  statements: insertInto('histogram_point', {
    count: 'bigint',
    sum: 'double precision',
    min: 'double precision',
    max: 'double precision',
    bounds: 'double precision[]',
    counts: 'bigint[]',
  }),
  columns: (points) => [
    ...keyColumns(points),
    ...totalColumns(points),
    lists(points, ({ bounds }) => bounds),
    lists(points, ({ counts }) => counts),
  ],
};

export const exponentialHistogramTable: PointTable<SeriesExponentialHistogram> = {
  holds: (placed): placed is PlacedPoint<SeriesExponentialHistogram> =>
    placed.point.kind === 'exponentialHistogram',
  statements: insertInto('exponential_histogram_point', {
    count: 'bigint',
    sum: 'double precision',
    min: 'double precision',
    max: 'double precision',
    scale: 'bigint',
    zero_count: 'bigint',
    zero_threshold: 'double precision',
    positive_offset: 'bigint',
    positive_counts: 'bigint[]',
    negative_offset: 'bigint',
    negative_counts: 'bigint[]',
  }),
  columns: (points) => [
    ...keyColumns(points),
    ...totalColumns(points),
    bigintArray(points.length, (index) => points[index]?.point.scale),
    bigintArray(points.length, (index) => points[index]?.point.zeroCount),
    doubleArray(points.length, (index) => points[index]?.point.zeroThreshold),
    bigintArray(points.length, (index) => points[index]?.point.positive.offset),
    lists(points, ({ positive }) => positive.counts),
    bigintArray(points.length, (index) => points[index]?.point.negative.offset),
    lists(points, ({ negative }) => negative.counts),
  ],
};

export const summaryTable: PointTable<SeriesSummary> = {
  holds: (placed): placed is PlacedPoint<SeriesSummary> => placed.point.kind === 'summary',
  statements: insertInto('summary_point', {
    count: 'bigint',
    sum: 'double precision',
    quantiles: 'double precision[]',
    quantile_values: 'double precision[]',
  }),
  columns: (points) => [
    ...keyColumns(points),
    bigintArray(points.length, (index) => points[index]?.point.count),
    doubleArray(points.length, (index) => points[index]?.point.sum),
    lists(points, ({ quantiles }) => quantiles.map(({ quantile }) => quantile)),
    lists(points, ({ quantiles }) => quantiles.map(({ value }) => value)),
  ],
};

function totalColumns(points: Points<SeriesHistogram | SeriesExponentialHistogram>): Buffer[] {
  return [
    bigintArray(points.length, (index) => points[index]?.point.count),
    doubleArray(points.length, (index) => points[index]?.point.sum),
    doubleArray(points.length, (index) => points[index]?.point.min),
    doubleArray(points.length, (index) => points[index]?.point.max),
  ];
}

/** Texts of arrays; a number's shortest text is read back as the same number. */
function lists<Point extends SeriesPoint>(
  points: Points<Point>,
  read: (point: Point) => readonly Value[],
): Buffer {
  return textArray(points.length, (index) => {
    const placed = points[index];
    return placed === undefined ? undefined : `{${read(placed.point).join(',')}}`;
  });
}
