/** A parameter in microseconds since 1970 as the database's own time. */
export function timeOf(parameter: string): string {
  return `(timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond')`;
}

/** A time as microseconds since 1970, exact. */
export function microsOf(expression: string): string {
  return `(extract(epoch from ${expression}) * 1000000)::bigint`;
}
