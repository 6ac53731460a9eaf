import { bucketSeconds, type RollupPart, rollupName } from '../../catalog/rollup.ts';
import { schemaName, tableOf } from '../../catalog/table.ts';
import type { AnyEntity } from '../../metric/define.ts';
import { type Figure, figureColumn } from './figure.ts';

/**
 * What a panel reads: rows as they came, or rollups once a step is as wide as one of their buckets. Every query names all
 * three, and the one that fits by constants, so that PostgreSQL does not so much as plan the others.
 */
export const readings = ['raw', '5m', '1h'] as const;

export type Reading = (typeof readings)[number];

const [fine, coarse] = [bucketSeconds['5m'] * 1000, bucketSeconds['1h'] * 1000];

/** True for the one reading that fits the step. */
const fitsStep: Readonly<Record<Reading, string>> = {
  raw: `$__interval_ms < ${fine}`,
  '5m': `$__interval_ms >= ${fine} and $__interval_ms < ${coarse}`,
  '1h': `$__interval_ms >= ${coarse}`,
};

/** One query over all readings; `columns` gives what each selects, `conditions` what it needs besides. */
export function overReadings(
  entity: AnyEntity,
  { columns, conditions }: Record<'columns' | 'conditions', (reading: Reading) => readonly string[]>,
): readonly string[] {
  return readings.flatMap((reading, index) => [
    ...(index === 0 ? [] : ['  union all']),
    `  select ${columns(reading).join(', ')}`,
    `  from ${relationName(entity, reading)}`,
    `  where ${[fitsStep[reading], ...conditions(reading)].join('\n    and ')}`,
  ]);
}

export function relationName(entity: AnyEntity, reading: Reading): string {
  const { name } = tableOf(entity);
  return `${schemaName}.${reading === 'raw' ? name : rollupName(name, reading)}`;
}

/** The column of a rollup that tells this of a figure. */
export function partColumn(figure: Figure, part: RollupPart): string {
  return `${figureColumn(figure)}_${part}`;
}

/** Each figure is there. */
export function known(figures: readonly Figure[], reading: Reading): readonly string[] {
  return figures.map((figure) =>
    reading === 'raw' ? `${figureColumn(figure)} is not null` : `${partColumn(figure, 'count')} > 0`,
  );
}
