import type { Counts } from '../../catalog/fleet-sample.ts';
import { figureOf, inputs, type RowsByEntity } from '../inputs.ts';

export function endpointCounts(rowsOf: RowsByEntity): Counts | undefined {
  const rows = rowsOf(inputs.endpointUp.entity);
  if (rows.length === 0) return undefined;
  const count = (up: number) => rows.filter((row) => figureOf(row, inputs.endpointUp) === up).length;
  return { up: count(1), down: count(0) };
}
