import type { ClientBase } from 'pg';
import type { Catalog } from '../../catalog/catalog.ts';
import { rollupsOf } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { aggregatesOf } from './aggregates.ts';
import { type DatabaseFeatures, readFeatures } from './features.ts';
import { createHypertable } from './hypertables.ts';
import { layoutOf, readRelations, type StoredRelations } from './layout.ts';
import { layoutFaults, type WantedLayout } from './layout-check.ts';
import { makeAggregates } from './make-aggregates.ts';
import { createDefaultPartition } from './partition.ts';
import { replaceTables } from './replace-tables.ts';
import { rollupTableStatements } from './rollup-tables.ts';
import { rollupViewStatements } from './rollup-view.ts';
import { rawTables } from './timed-table.ts';

export interface ApplyLayoutOptions {
  readonly catalog: Catalog;
  readonly logger: Logger;
  readonly now: Date;
  /** Those that the database has when not given. */
  readonly features?: DatabaseFeatures;
}

/**
 * Lays the tables of the catalog out in pieces of time, with their rollups; what lies so already is left alone, and needs no
 * right but to look. Call it outside of a transaction, under the lock of migrations. Gives the names of what it laid out; rejects
 * with `database_schema` when anything is missing afterwards.
 */
export async function applyLayout(
  client: ClientBase,
  options: ApplyLayoutOptions,
): Promise<readonly string[]> {
  const features = options.features ?? (await readFeatures(client));
  const relations = await readRelations(client, features);
  // Migrations that end earlier know of no layout.
  if (!relations.has(`${schemaName}.rollup_state`)) return [];
  const wanted = wantedLayout(options.catalog, features, relations);
  const context = { ...options, features, relations };
  const laid = [
    ...(await layTables(client, wanted, context)),
    ...(await storeRollups(client, wanted, context)),
  ];
  const stored = laid.length === 0 ? relations : await readRelations(client, features);
  const shown = await showRollups(client, wanted, stored);
  requireLayout(shown.length === 0 ? stored : await readRelations(client, features), wanted);
  return [...laid, ...shown];
}

/** In what a database is not laid out as it should be, one line each. */
export async function readLayoutFaults(client: ClientBase, catalog: Catalog): Promise<readonly string[]> {
  const features = await readFeatures(client);
  const relations = await readRelations(client, features);
  return layoutFaults(relations, wantedLayout(catalog, features, relations));
}

function wantedLayout(
  catalog: Catalog,
  features: DatabaseFeatures,
  relations: StoredRelations,
): WantedLayout {
  return {
    layout: layoutOf(features, relations),
    tables: rawTables(catalog),
    rollups: rollupsOf(catalog),
  };
}

interface Context extends Omit<ApplyLayoutOptions, 'catalog'> {
  readonly features: DatabaseFeatures;
  readonly relations: StoredRelations;
}

async function layTables(
  client: ClientBase,
  { layout, tables }: WantedLayout,
  { features: { timescale }, relations, logger }: Context,
): Promise<readonly string[]> {
  const plain = tables.filter(({ name }) => relations.get(`${schemaName}.${name}`)?.kind === 'table');
  if (layout.pieces === 'hypertables' && timescale !== undefined) {
    for (const table of plain) await client.query(createHypertable(table, timescale));
    return plain.map(({ name }) => name);
  }
  await replaceTables(client, plain, logger);
  const bare = tables.filter((table) => {
    const relation = relations.get(`${schemaName}.${table.name}`);
    return relation?.kind === 'partitioned' && !relation.hasDefault;
  });
  for (const table of bare) await client.query(createDefaultPartition(table));
  return [...plain, ...bare].map(({ name }) => name);
}

async function storeRollups(
  client: ClientBase,
  { layout, rollups }: WantedLayout,
  { features: { timescale }, relations, logger, now }: Context,
): Promise<readonly string[]> {
  if (layout.rollups === 'aggregates' && timescale !== undefined) {
    return makeAggregates(client, rollups, { relations, timescale, logger, now });
  }
  const hypertables = layout.pieces === 'hypertables' ? timescale : undefined;
  const made = rollups.map((rollup) => ({
    name: rollup.name,
    statements: rollupTableStatements(rollup, { relations, timescale: hypertables }),
  }));
  return send(client, made);
}

/** `relations` has what stores them. */
async function showRollups(
  client: ClientBase,
  { layout, rollups }: WantedLayout,
  relations: StoredRelations,
): Promise<readonly string[]> {
  const views = rollups.map((rollup) => {
    const aggregates = layout.rollups === 'aggregates' ? aggregatesOf(rollup, relations) : undefined;
    const known = relations.get(`${schemaName}.${rollup.name}`);
    return { name: rollup.name, statements: rollupViewStatements(rollup, known, aggregates) };
  });
  return send(client, views);
}

/** All statements in one message, which is one transaction. */
async function send(
  client: ClientBase,
  parts: readonly { readonly name: string; readonly statements: readonly string[] }[],
): Promise<readonly string[]> {
  const changes = parts.filter(({ statements }) => statements.length > 0);
  if (changes.length > 0) await client.query(changes.flatMap(({ statements }) => statements).join(';\n'));
  return changes.map(({ name }) => name);
}

function requireLayout(relations: StoredRelations, wanted: WantedLayout): void {
  const faults = layoutFaults(relations, wanted);
  if (faults.length === 0) return;
  const more = faults.length > 3 ? `; and ${faults.length - 3} more` : '';
  throw new TelemetryError(
    'database_schema',
    `the tables of the database could not be laid out: ${faults.slice(0, 3).join('; ')}${more}`,
  );
}
