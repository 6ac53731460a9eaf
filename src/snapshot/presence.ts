import { presence } from '../catalog/presence.ts';
import type { Derivation } from '../collectors/collector.ts';
import { toRow } from '../metric/row.ts';
import { readingsOf, sourceNames } from './fleet/known-sources.ts';
import { groupRows, inputs } from './inputs.ts';
import { knownAgents } from './presence/agents.ts';
import { presenceFindings, unwatchedServers } from './presence/findings.ts';
import { sharedEngines } from './presence/shared-engines.ts';

/** Compares the agents that should run with the containers that do. An agent whose server could not be read has no row. */
export function presenceDerivation(): Derivation {
  return {
    name: 'agent_presence',
    derive: (rows, time) => {
      const rowsOf = groupRows(rows);
      const agents = knownAgents(rowsOf);
      const { unread } = readingsOf(rowsOf, sourceNames.targets);
      const seen = agents.flatMap(({ observed, ...agent }) =>
        observed === undefined ? [] : [toRow(presence, { ...agent, observed }, time)],
      );
      const engines = rowsOf(inputs.serverUp.entity).map(({ identity }) => identity['ciris.server.id']);
      const findings = [
        ...presenceFindings(agents, { allTargetsKnown: unread === 0 }),
        ...unwatchedServers(agents, new Set(engines)),
        ...sharedEngines(rowsOf(inputs.containerState.entity)),
      ];
      return { rows: seen, findings };
    },
  };
}
