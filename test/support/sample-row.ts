import type { Row } from '../../src/metric/row.ts';
import { microsFromIso } from '../../src/metric/time.ts';

/** Microseconds of an RFC 3339 time. */
export function at(iso: string): number {
  const time = microsFromIso(iso);
  if (time === undefined) throw new Error(`${iso} is no time`);
  return time;
}

/** A container's row with what a test cares for. */
export function containerRow(id: string, parts: Partial<Row> = {}): Row {
  return {
    entity: 'container',
    time: at('2026-03-01T12:00:10.123456Z'),
    identity: { 'ciris.server.id': 'main', 'container.id': id },
    info: {},
    values: {},
    states: {},
    ...parts,
  };
}
