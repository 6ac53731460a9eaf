import type { Column, Table } from '../../catalog/table.ts';
import type { Row, Value } from '../../metric/row.ts';

/** Says why a row can never be stored; undefined when it can. */
export type RowCheck = (row: Row) => string | undefined;

/** PostgreSQL refuses an index entry of more than a third of a page, 2704 bytes; this leaves room for the time and headers. */
const maxIdentityBytes = 2500;
/** The sum of all that a rollup adds up must be a double as well, or none could be made of the rows about it. */
const greatestDouble = 1e290;
const minBigint = -(2n ** 63n);
const maxBigint = 2n ** 63n - 1n;

export function rowCheck(table: Table): RowCheck {
  const keysOf = (part: Column['part']): readonly string[] =>
    table.columns.filter((column) => column.part === part).map(({ key }) => key);
  const identity = keysOf('identity');
  const info = new Set(keysOf('info'));
  const prefixes = keysOf('infoMap');
  const states = new Set(keysOf('state'));
  const types = new Map(
    table.columns.flatMap(({ part, key, type }) => (part === 'value' ? [[key, type]] : [])),
  );
  return (row) => {
    if (!Number.isSafeInteger(row.time)) return `${row.time} is no time in microseconds`;
    if (row.start !== undefined && !Number.isSafeInteger(row.start))
      return `${row.start} is no start time in microseconds`;
    const problem = identityProblem(row, identity);
    if (problem !== undefined) return problem;
    for (const key in row.values) {
      const value = row.values[key];
      const reason = value === undefined ? undefined : valueProblem(types.get(key), value);
      if (reason !== undefined) return `${key}: ${reason}`;
    }
    for (const key in row.states) if (!states.has(key)) return `${key}: no state of ${table.entity}`;
    for (const key in row.info) {
      if (!info.has(key) && !prefixes.some((prefix) => key.startsWith(prefix))) {
        return `${key}: no info attribute of ${table.entity}`;
      }
    }
    return undefined;
  };
}

function identityProblem({ identity }: Row, wanted: readonly string[]): string | undefined {
  let units = 0;
  for (const key of wanted) {
    const text = identity[key];
    if (text === undefined) return `${key} is missing`;
    units += text.length;
  }
  if (Object.keys(identity).length !== wanted.length) return `its identity is more than ${wanted.join(', ')}`;
  if (units * 3 <= maxIdentityBytes) return undefined;
  const bytes = wanted.reduce((sum, key) => sum + Buffer.byteLength(identity[key] ?? ''), 0);
  return bytes <= maxIdentityBytes ? undefined : `its identity is longer than ${maxIdentityBytes} bytes`;
}

function valueProblem(type: string | undefined, value: Value): string | undefined {
  if (type === undefined) return 'no metric of its entity';
  if (type === 'double precision') {
    if (typeof value === 'bigint') return `${value} does not fit a double precision number exactly`;
    if (!Number.isFinite(value)) return `${value} is no figure`;
    return Math.abs(value) <= greatestDouble ? undefined : `${value} is too great to be added up`;
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return undefined;
    if (!Number.isInteger(value)) return `${value} is no whole number`;
  }
  const whole = BigInt(value);
  return whole >= minBigint && whole <= maxBigint ? undefined : `${value} does not fit a 64-bit integer`;
}
