import fc from 'fast-check';
import { tableOf } from '../../src/catalog/table.ts';
import type { AnyEntity } from '../../src/metric/define.ts';
import type { Row, Value } from '../../src/metric/row.ts';

/** Any text that PostgreSQL can hold. */
const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((any) => any.toWellFormed().replaceAll('\0', 'NUL'));
/** As great as may be stored. */
const double = fc.double({ min: -1e290, max: 1e290, noNaN: true });
/** As a number wherever that is exact, as everywhere in the product. */
const integer: fc.Arbitrary<Value> = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((whole) => (Number.isSafeInteger(Number(whole)) ? Number(whole) : whole));
const smallInteger: fc.Arbitrary<Value> = fc.maxSafeInteger().map((whole) => whole + 0);
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 });

/** Rows of an entity with any of its values absent, but never an identity attribute. */
export function arbitraryRow(entity: AnyEntity): fc.Arbitrary<Row> {
  const { columns } = tableOf(entity);
  const keysOf = (part: string): readonly string[] =>
    columns.filter((column) => column.part === part).map(({ key }) => key);
  const someOf = <T>(keys: readonly string[], value: (key: string) => fc.Arbitrary<T>) =>
    fc
      .record(Object.fromEntries(keys.map((key) => [key, value(key)])), {
        requiredKeys: [],
        noNullPrototype: true,
      })
      .map(present);
  const types = new Map(columns.map(({ key, type }) => [key, type]));
  const labels = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '')), text), {
    maxLength: 4,
  });
  const infoMaps = keysOf('infoMap').map((prefix) =>
    labels.map((pairs) => pairs.map(([name, value]) => [prefix + name, value] as const)),
  );
  const [start] = keysOf('start');
  return fc
    .record(
      {
        time,
        start: start === undefined ? fc.constant(undefined) : fc.option(time, { nil: undefined }),
        identity: fc.record(Object.fromEntries(keysOf('identity').map((key) => [key, text])), {
          noNullPrototype: true,
        }),
        info: someOf(keysOf('info'), () => text),
        labels: fc.tuple(...infoMaps),
        values: someOf<Value>(keysOf('value'), (key) =>
          types.get(key) === 'bigint' ? fc.oneof(integer, smallInteger) : double,
        ),
        states: someOf(keysOf('state'), () => text),
      },
      { noNullPrototype: true },
    )
    .map(({ labels: pairs, start: began, info, ...row }) => ({
      entity: entity.name,
      ...row,
      ...(began === undefined ? {} : { start: began }),
      info: { ...info, ...Object.fromEntries(pairs.flat()) },
    }));
}

function present<T>(record: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const known: Record<string, T> = {};
  for (const [key, value] of Object.entries(record)) if (value !== undefined) known[key] = value;
  return known;
}
