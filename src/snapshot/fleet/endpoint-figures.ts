import type { FleetSample } from '../../catalog/fleet-sample.ts';
import type { Row } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { figureOf, infoOf, inputs, type RowsByEntity } from '../inputs.ts';
import { sumOf } from './sum.ts';

type EndpointFigures = Pick<FleetSample, 'endpoints' | 'certificateRemaining' | 'sums'>;

export function endpointFigures(rowsOf: RowsByEntity, time: Micros): EndpointFigures {
  const rows = rowsOf(inputs.endpointUp.entity);
  if (rows.length === 0) return { endpoints: undefined, certificateRemaining: undefined, sums: {} };
  const count = (up: number) => rows.filter((row) => figureOf(row, inputs.endpointUp) === up).length;
  const expiries = rows.filter(hasCertificate).map((row) => figureOf(row, inputs.certificateExpires));
  const known = expiries.filter((expiry) => expiry !== undefined);
  return {
    endpoints: { up: count(1), down: count(0) },
    certificateRemaining: known.length === 0 ? undefined : Math.min(...known) - time / 1e6,
    sums: { certificate_remaining: sumOf(expiries) },
  };
}

function hasCertificate(row: Row): boolean {
  return infoOf(row, inputs.endpointUrl)?.startsWith('https:') === true;
}
