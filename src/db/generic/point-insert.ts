import type { PoolClient } from 'pg';
import { insertApart } from './insert-apart.ts';
import {
  exponentialHistogramTable,
  histogramTable,
  type InsertStatements,
  numberTable,
  type PointTable,
  summaryTable,
} from './point-tables.ts';
import type { RefusedPoint } from './ports.ts';
import type { PlacedPoint } from './series-dictionary.ts';
import { compareIds } from './series-id.ts';
import type { SeriesPoint } from './series-point.ts';

/** Points of one table in the order of their key, as every writer locks them. */
export interface PointPart {
  /** Inserts all points, or those that are new, and gives their number. */
  insert(client: PoolClient, which: InsertWhich): Promise<number>;
  /** Inserts those that are new of a part that holds points which the database refuses: those are found by halving and left out, each by itself. */
  insertApart(client: PoolClient, refused: RefusedPoint[]): Promise<number>;
}

/** `insertAll` fails with a unique violation where one is known already. */
export type InsertWhich = keyof InsertStatements;

/** Keeps a statement and its arrays small. */
const maxInStatement = 50_000;

/** In the order of their tables' names. */
export function partsOf(placed: readonly PlacedPoint[]): readonly PointPart[] {
  return [
    ...tableParts(exponentialHistogramTable, placed),
    ...tableParts(histogramTable, placed),
    ...tableParts(numberTable, placed),
    ...tableParts(summaryTable, placed),
  ];
}

function tableParts<Point extends SeriesPoint>(
  table: PointTable<Point>,
  placed: readonly PlacedPoint[],
): readonly PointPart[] {
  const points = placed.filter(table.holds).sort((a, b) => {
    return compareIds(a.id, b.id) || a.point.time - b.point.time;
  });
  const parts: PointPart[] = [];
  for (let from = 0; from < points.length; from += maxInStatement) {
    const part = points.slice(from, from + maxInStatement);
    parts.push({
      insert: (client, which) => insert(client, which, { table, points: part }),
      insertApart: (client, refused) =>
        insertApart(client, part, {
          insert: (_, some) => insert(client, 'insertNew', { table, points: some }),
          refuse: ({ point }, reason) => void refused.push({ point, cause: 'refused_row', reason }),
        }),
    });
  }
  return parts;
}

async function insert<Point extends SeriesPoint>(
  client: PoolClient,
  which: InsertWhich,
  { table, points }: { readonly table: PointTable<Point>; readonly points: readonly PlacedPoint<Point>[] },
): Promise<number> {
  const { rowCount } = await client.query({ ...table.statements[which], values: table.columns(points) });
  return rowCount ?? 0;
}
