import type { Row } from '../../metric/row.ts';
import { agentKey, agentOfRow } from '../agent-key.ts';
import { figureOf, inputs, type RowsByEntity } from '../inputs.ts';
import { knownAgents } from '../presence/agents.ts';
import { readingsOf, sourceNames } from './known-sources.ts';

/** An agent that is expected, observed or answering: one that was stopped on purpose and is silent is none of these. */
export interface FleetAgent {
  readonly key: string;
  readonly agentId: string;
  readonly expected: boolean;
  readonly observed: boolean;
  /** Down is one that does not answer, or that nobody could ask and of which no container runs. */
  readonly condition: 'answering' | 'down' | 'undetermined';
}

/** Which agents there are. */
export interface FleetAgents {
  readonly agents: readonly FleetAgent[];
  /** Whether every source of targets has said which agents are expected. */
  readonly targetsKnown: boolean;
  /** Sources of targets that could never be read; there may be agents that only they name. */
  readonly unreadSources: number;
  /** Whether an engine has said which agents run. */
  readonly containersKnown: boolean;
  /** Whether it is known of any agent that it answers or does not. */
  readonly anyAsked: boolean;
}

export function fleetAgents(rowsOf: RowsByEntity): FleetAgents {
  const asked = byAgent(rowsOf(inputs.up.entity));
  const known = new Map(knownAgents(rowsOf).map((agent) => [agentKey(agent), agent]));
  const keys = new Set([...known.keys(), ...asked.keys()]);
  const agents = [...keys].flatMap((key) => {
    const agent = known.get(key);
    const row = asked.get(key);
    const identity = agent ?? (row === undefined ? undefined : agentOfRow(row));
    if (identity === undefined) return [];
    const expected = agent?.wanted === 'expected';
    const observed = agent?.observed === true;
    const condition = conditionOf(figureOf(row, inputs.up), agent?.observed);
    const counts = expected || observed || condition === 'answering';
    return counts ? [{ key, agentId: identity.agentId, expected, observed, condition }] : [];
  });
  const { read, unread } = readingsOf(rowsOf, sourceNames.targets);
  return {
    agents,
    targetsKnown: unread === 0 && (read > 0 || rowsOf(inputs.expected.entity).length > 0),
    unreadSources: unread,
    containersKnown: rowsOf(inputs.serverUp.entity).some((row) => figureOf(row, inputs.serverUp) === 1),
    anyAsked: [...asked.values()].some((row) => figureOf(row, inputs.up) !== undefined),
  };
}

function conditionOf(up: number | undefined, observed: boolean | undefined): FleetAgent['condition'] {
  if (up !== undefined) return up === 1 ? 'answering' : 'down';
  return observed === false ? 'down' : 'undetermined';
}

export function byAgent(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(
    rows.flatMap((row) => {
      const agent = agentOfRow(row);
      return agent === undefined ? [] : [[agentKey(agent), row] as const];
    }),
  );
}
