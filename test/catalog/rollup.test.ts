import { describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../src/catalog/catalog.ts';
import { resolutions, rollupOf, rollupsOf } from '../../src/catalog/rollup.ts';
import { tableOf } from '../../src/catalog/table.ts';

/** PostgreSQL cuts longer names off. */
const longestName = 63;
/** What is put behind a name at most: the day of a partition, and the index that PostgreSQL names after it. */
const longestEnd = '_p20261125_pkey';

const rollups = rollupsOf(catalog);

describe.each(rollups.map((rollup) => [rollup.name, rollup] as const))('the rollup %s', (_name, rollup) => {
  it('has names that PostgreSQL keeps whole, each once', () => {
    const names = rollup.columns.map(({ name }) => name);
    expect(names.filter((name) => Buffer.byteLength(name) > longestName)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(Buffer.byteLength(`${rollup.name}${longestEnd}`)).toBeLessThanOrEqual(longestName);
  });

  it('fits in a row of a table and in the list of a query', () => {
    expect(rollup.columns.length).toBeLessThan(1_600);
    // Columns of fixed width cannot be moved out of a page of 8 kB; a numeric takes 16 bytes where it is as long as it gets here.
    const bytes = rollup.columns.map(({ type }) => (type === 'numeric' ? 24 : 8));
    expect(bytes.reduce((sum, width) => sum + width, 0)).toBeLessThan(8_000);
  });

  it('tells of every column of its table but the start', () => {
    const told = new Set(rollup.columns.map(({ source }) => source.name));
    const all = rollup.table.columns.filter(({ part }) => part !== 'start').map(({ name }) => name);
    expect([...told].toSorted()).toEqual(all.toSorted());
  });
});

it('no two tables, views or aggregates have the same name', () => {
  const tables = storedEntities(catalog).map(({ name }) => name);
  const generic = [
    'number_point',
    'histogram_point',
    'exponential_histogram_point',
    'summary_point',
    'snapshot',
  ];
  const others = [
    'numbers',
    'histograms',
    'exponential_histograms',
    'summaries',
    'series',
    'migration',
    'policy',
  ];
  const names = [
    ...tables,
    ...generic,
    ...others,
    'rollup_state',
    'late_bucket',
    ...rollups.map(({ name }) => name),
  ];
  expect(new Set(names).size).toBe(names.length);
  const ends = /_(default|p\d{8}|\d+)$/;
  expect(names.filter((name) => ends.test(name))).toEqual([]);
});

it('what a metric becomes follows from its kind', () => {
  const container = storedEntities(catalog).find(({ name }) => name === 'container');
  if (container === undefined) throw new Error('no entity');
  const partsOf = (source: string): readonly string[] =>
    rollupOf(container, '5m').columns.flatMap(({ name, type, source: { name: of } }) =>
      of === source ? [`${name.slice(source.length + 1)} ${type}`] : [],
    );
  expect(partsOf('network_io_receive')).toEqual([
    'count bigint',
    'first bigint',
    'first_start timestamptz',
    'last bigint',
    'last_start timestamptz',
    'last_time timestamptz',
    'increase numeric',
  ]);
  expect(partsOf('pids')).toEqual(['sum numeric', 'count bigint', 'min bigint', 'max bigint', 'last bigint']);
  expect(partsOf('cpu_usage')[0]).toBe('sum double precision');
  expect(partsOf('state')).toEqual([
    'count bigint',
    'first text',
    'first_time timestamptz',
    'last text',
    'last_time timestamptz',
    'times jsonb',
  ]);
  expect(rollupOf(container, '1h').key).toEqual(tableOf(container).key);
  expect(resolutions).toEqual(['5m', '1h', '3h']);
});
