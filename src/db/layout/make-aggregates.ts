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
  sourceOf,
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
  for (const ladder of Map.groupBy(rollups, ({ table }) => table.name).values()) {
    const missing = missingAggregates(ladder, relations);
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
    const present = ladder.flatMap((rollup) =>
      aggregatesOf(rollup, relations).map((aggregate) => [rollup, aggregate] as const),
    );
    for (const [rollup, aggregate] of [...present, ...missing])
      if (!isShown(rollup, aggregate, relations)) await fill(client, rollup, aggregate, options);
  }
  return made;
}

function isShown({ name }: Rollup, { columns }: Aggregate, relations: StoredRelations): boolean {
  const shown = relations.get(`${schemaName}.${name}`)?.columns ?? [];
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

const holderRows = z.array(z.object({ holder: z.string() })).length(1);
const answers = z.array(z.object({ answer: z.boolean() })).length(1);

/**
 * Only what is empty is filled: where something is stored of which the rows are gone, a refresh that reached so far back
 * would take it away.
 */
async function fill(
  client: ClientBase,
  rollup: Rollup,
  aggregate: Aggregate,
  { timescale, logger, now }: MakeAggregatesOptions,
): Promise<void> {
  const { name, qualified } = aggregate;
  const found = await client.query(
    `select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) as holder
     from timescaledb_information.continuous_aggregates where view_schema = $1 and view_name = $2`,
    [dataSchemaName, name],
  );
  const [holder] = holderRows.parse(found.rows);
  const { rows } = await client.query(
    `select exists (select from ${sourceOf(rollup, aggregate)}) and not exists (select from ${holder?.holder}) as answer`,
  );
  if (answers.parse(rows)[0]?.answer !== true) return;
  // The bucket before the newest may still get rows in the usual course of things; a query reckons both itself.
  const width = bucketSeconds[rollup.resolution] * 1000;
  const end = new Date(Math.floor(now.getTime() / width) * width - width).toISOString();
  logger.info('rolling up the rows that are there', { aggregate: qualified });
  await client.query(
    `call ${quoteName(timescale.schema)}.refresh_continuous_aggregate('${qualified}', null, '${end}'::timestamptz)`,
  );
}
