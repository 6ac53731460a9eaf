import type { ClientBase } from 'pg';
import { z } from 'zod';
import { bucketSeconds, dataSchemaName, type Rollup } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import type { Logger } from '../../runtime/logger.ts';
import { quoteName } from '../table-sql.ts';
import {
  type Aggregate,
  aggregatesOf,
  createAggregate,
  createAggregateIndex,
  missingAggregates,
} from './aggregates.ts';
import type { TimescaleFeatures } from './features.ts';
import type { StoredRelations } from './layout.ts';
import { storedRollup } from './timed-table.ts';

export interface MakeAggregatesOptions {
  readonly relations: StoredRelations;
  readonly timescale: TimescaleFeatures;
  readonly logger: Logger;
  readonly now: Date;
}

/**
 * Makes the continuous aggregates that are missing, and puts into each what there is to be put in. The view of a rollup must
 * be made afterwards: whatever it does not show is not taken to be complete, should this be cut short.
 */
export async function makeAggregates(
  client: ClientBase,
  rollups: readonly Rollup[],
  options: MakeAggregatesOptions,
): Promise<readonly string[]> {
  const { relations, timescale } = options;
  const made: string[] = [];
  for (const [fine, coarse] of pairsOf(rollups)) {
    const missing = missingAggregates([fine, coarse], relations);
    for (const [rollup, aggregate] of missing) {
      const statements = [
        createAggregate(rollup, aggregate, timescale),
        createAggregateIndex(rollup, aggregate),
        setChunkInterval(rollup, aggregate, timescale),
      ];
      // What is sent as one is one transaction.
      await client.query(statements.join(';\n'));
      made.push(aggregate.name);
    }
    const all = [fine, coarse].flatMap((rollup) =>
      [...aggregatesOf(rollup, relations).map((known) => [rollup, known] as const), ...missing].filter(
        ([of, { columns }]) => of === rollup && !isShown(rollup, columns, relations),
      ),
    );
    if (all.length > 0) await refresh(client, all, options);
  }
  return made;
}

function pairsOf(rollups: readonly Rollup[]): readonly (readonly [Rollup, Rollup])[] {
  return rollups.flatMap((fine) => {
    if (fine.resolution !== '5m') return [];
    const coarse = rollups.find(
      ({ table, resolution }) => resolution === '1h' && table.name === fine.table.name,
    );
    return coarse === undefined ? [] : [[fine, coarse] as const];
  });
}

function isShown(rollup: Rollup, columns: Aggregate['columns'], relations: StoredRelations): boolean {
  const shown = relations.get(`${schemaName}.${rollup.name}`)?.columns ?? [];
  return columns.every(({ name }) => shown.includes(name));
}

function setChunkInterval(rollup: Rollup, { name }: Aggregate, { schema }: TimescaleFeatures): string {
  const { days } = storedRollup(rollup);
  return (
    `select ${quoteName(schema)}.set_chunk_time_interval(` +
    `format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass, interval '${days} days') ` +
    `from timescaledb_information.continuous_aggregates where view_schema = '${dataSchemaName}' and view_name = '${name}'`
  );
}

const rowsThere = z.array(z.object({ filled: z.boolean() })).length(1);

async function refresh(
  client: ClientBase,
  aggregates: readonly (readonly [Rollup, Aggregate])[],
  { timescale, logger, now }: MakeAggregatesOptions,
): Promise<void> {
  for (const [{ table, resolution }, { qualified }] of aggregates) {
    const { rows } = await client.query(
      `select exists (select from ${schemaName}.${quoteName(table.name)}) as filled`,
    );
    if (rowsThere.parse(rows)[0]?.filled !== true) continue;
    // The bucket before the newest may still get rows in the usual course of things; a query reckons both itself.
    const width = bucketSeconds[resolution] * 1000;
    const end = new Date(Math.floor(now.getTime() / width) * width - width).toISOString();
    logger.info('rolling up the rows that are there', { aggregate: qualified });
    await client.query(
      `call ${quoteName(timescale.schema)}.refresh_continuous_aggregate('${qualified}', null, '${end}'::timestamptz)`,
    );
  }
}
