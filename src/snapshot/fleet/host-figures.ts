import type { FleetSample, Sum } from '../../catalog/fleet-sample.ts';
import type { Row } from '../../metric/row.ts';
import { type FigureInput, figureOf, infoOf, inputs, type RowsByEntity, stateOf } from '../inputs.ts';
import { countEach, sumOf } from './sum.ts';

/** Hosts and the containers on those that answered. Without one that did, containers are unknown, not none. */
export function hostFigures(rowsOf: RowsByEntity): Pick<FleetSample, 'servers' | 'containers' | 'sums'> {
  const servers = rowsOf(inputs.serverUp.entity);
  if (servers.length === 0) return { servers: undefined, containers: undefined, sums: {} };
  const up = servers.filter((row) => figureOf(row, inputs.serverUp) === 1).length;
  const down = servers.length - up;
  const rows = rowsOf(inputs.containerState.entity);
  const isAgent = (row: Row) => infoOf(row, inputs.containerAgentId) !== undefined;
  const ofAgents = rows.filter(isAgent);
  const others = rows.filter((row) => !isAgent(row));
  return {
    servers: { up, down },
    containers: up === 0 ? undefined : countEach(rows.map((row) => stateOf(row, inputs.containerState))),
    sums: {
      cpu_agent: sumOver(ofAgents, inputs.containerCpu, down),
      cpu_other: sumOver(others, inputs.containerCpu, down),
      memory_agent: sumOver(ofAgents, inputs.containerMemory, down),
      memory_other: sumOver(others, inputs.containerMemory, down),
    },
  };
}

/** A container that does not run uses nothing; one that runs and does not say what it uses is missing from the sum. */
function sumOver(containers: readonly Row[], input: FigureInput, unread: number): Sum {
  const using = containers.filter(
    (row) => stateOf(row, inputs.containerState) === 'running' || figureOf(row, input) !== undefined,
  );
  return sumOf(
    using.map((row) => figureOf(row, input)),
    unread,
  );
}
