import { fleet } from '../catalog/self.ts';
import type { Derivation } from '../collectors/collector.ts';
import { type Row, toRow } from '../metric/row.ts';
import type { Micros } from '../metric/time.ts';

/** The fleet as a whole, in one row. */
export function fleetDerivation(instance: string): Derivation {
  return { name: 'fleet', derive: (rows, time) => ({ rows: [fleetRow(rows, instance, time)] }) };
}

/** Sums up the hosts and containers of one snapshot; without a host that answered, containers are unknown, not none. */
export function fleetRow(rows: readonly Row[], instance: string, time: Micros): Row {
  const servers = rows.filter(({ entity }) => entity === 'server');
  const serversUp = servers.filter(({ values }) => values.up === 1).length;
  const containers: Record<string, number> = {};
  for (const { entity, states } of rows) {
    if (entity !== 'container' || states.state === undefined) continue;
    containers[states.state] = (containers[states.state] ?? 0) + 1;
  }
  const sample = {
    instance,
    serversUp,
    serversDown: servers.length - serversUp,
    containers: serversUp === 0 ? undefined : containers,
  };
  return toRow(fleet, sample, time);
}
