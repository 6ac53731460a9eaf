import { presence } from '../catalog/presence.ts';
import type { Derivation } from '../collectors/collector.ts';
import { toRow } from '../metric/row.ts';
import { readingsOf, sourceNames } from './fleet/known-sources.ts';
import { groupRows } from './inputs.ts';
import { knownAgents } from './presence/agents.ts';
import { presenceFindings } from './presence/findings.ts';

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
      return { rows: seen, findings: presenceFindings(agents, { allTargetsKnown: unread === 0 }) };
    },
  };
}
