import { createHash } from 'node:crypto';
import { bucketWidths, finerThan, type Rollup, rollupName } from '../../catalog/rollup.ts';
import { schemaName } from '../../catalog/table.ts';
import { quoteName } from '../table-sql.ts';
import type { Aggregate } from './aggregates.ts';
import type { StoredRelation } from './layout.ts';
import { aggregateText, rollupTable, rollupView } from './rollup-sql.ts';

/** The statements that make the view of a rollup what it should be; none where it is. `aggregates` is undefined where a table stores it. */
export function rollupViewStatements(
  rollup: Rollup,
  known: StoredRelation | undefined,
  aggregates: readonly Aggregate[] | undefined,
): readonly string[] {
  const names = rollup.columns.map(({ name }) => name);
  // A view that tells more than we know of was made by a newer version, or for another catalog.
  if (known?.columns.some((name) => !names.includes(name))) return [];
  const ordered = inOrderOf(rollup, known?.columns ?? []);
  const text = aggregates === undefined ? overTable(ordered) : overAggregates(ordered, aggregates);
  const comment = commentOf(rollup, text);
  if (known?.comment === comment) return [];
  return [
    `create or replace view ${rollupView(rollup)} as ${text}`,
    `comment on view ${rollupView(rollup)} is '${comment}'`,
  ];
}

/** A view can only grow at its end. */
function inOrderOf(rollup: Rollup, names: readonly string[]): Rollup {
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
  return { ...rollup, columns: [...rollup.columns].sort((a, b) => place(a.name) - place(b.name)) };
}

/** What is stored, and the same of what came since, reckoned by the query. */
function overTable(rollup: Rollup): string {
  const { table, resolution, columns } = rollup;
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const filled = `(select filled from ${schemaName}.rollup_state where relation = '${table.name}' and resolution = '${resolution}')`;
  const finer = finerThan(resolution);
  const newer = aggregateText(rollup, columns, {
    relation:
      finer === undefined
        ? `${schemaName}.${quoteName(table.name)}`
        : rollupView({ name: rollupName(table.name, finer) }),
    holds: finer === undefined ? 'samples' : 'parts',
    bucketing: 'date_bin',
    where: `time >= coalesce(${filled}, '-infinity')`,
  });
  return `select ${names} from ${rollupTable(rollup)} where time < ${filled} union all ${newer}`;
}

/** Each column from the first aggregate that has it; the first of all has every key. */
function overAggregates({ columns, key }: Rollup, aggregates: readonly Aggregate[]): string {
  const named = columns.map(({ name }) => {
    const holder = aggregates.find((aggregate) => aggregate.columns.some((column) => column.name === name));
    return `a${holder?.number}.${quoteName(name)}`;
  });
  const joined = aggregates.map(({ qualified, number }) =>
    number === 1
      ? `${qualified} a1`
      : `left join ${qualified} a${number} on ${key.map((name) => `a${number}.${quoteName(name)} = a1.${quoteName(name)}`).join(' and ')}`,
  );
  return `select ${named.join(', ')} from ${joined.join(' ')}`;
}

/** Anybody may read a comment, so that it can tell whether a view is the newest without any right on it. */
function commentOf({ table, resolution }: Rollup, text: string): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return (
    `${schemaName}.${table.name} in buckets of ${bucketWidths[resolution]}: of a gauge its sum, count, least, greatest and last value, ` +
    'of a counter the first and last value and its increase between them, of a state for how many microseconds it held. ' +
    `Definition ${digest}.`
  );
}
