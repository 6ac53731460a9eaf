import { fleet } from '../catalog/fleet.ts';
import type { Derivation } from '../collectors/collector.ts';
import { type Row, toRow } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';
import { agentFigures } from './fleet/agent-figures.ts';
import { endpointFigures } from './fleet/endpoint-figures.ts';
import { hostFigures } from './fleet/host-figures.ts';
import { rolloutFigures } from './fleet/rollout-figures.ts';
import { groupRows } from './inputs.ts';

/** The fleet as a whole, in one row. */
export function fleetDerivation(instance: string): Derivation {
  return { name: 'fleet', derive: (rows, time) => ({ rows: [fleetRow(rows, instance, time)] }) };
}

/** Sums up one snapshot. What none of its rows tells is absent, never 0. */
export function fleetRow(rows: readonly Row[], instance: string, time: Micros): Row {
  const rowsOf = groupRows(rows);
  const hosts = hostFigures(rowsOf);
  const agents = agentFigures(rowsOf);
  const endpoints = endpointFigures(rowsOf, time);
  const sample = {
    instance,
    ...hosts,
    ...agents,
    ...rolloutFigures(rowsOf),
    ...endpoints,
    sums: { ...hosts.sums, ...agents.sums, ...endpoints.sums },
  };
  return toRow(fleet, sample, time);
}
