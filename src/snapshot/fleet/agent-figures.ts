import type { Counts, FleetSample, Sum } from '../../catalog/fleet-sample.ts';
import { type FigureInput, figureOf, inputs, type RowsByEntity, stateOf } from '../inputs.ts';
import { byAgent, type FleetAgent, type FleetAgents, fleetAgents } from './agents.ts';
import { countEach, sumOf } from './sum.ts';

type AgentFigures = Pick<
  FleetSample,
  | 'agentsExpected'
  | 'agentsObserved'
  | 'agentsAnswering'
  | 'agentsMissing'
  | 'agentsByHealth'
  | 'agentsByCognitiveState'
  | 'sums'
>;

export function agentFigures(rowsOf: RowsByEntity): AgentFigures {
  const known = fleetAgents(rowsOf);
  if (!isKnown(known)) return { ...headcounts(known), ...noStates, sums: {} };
  const { agentsByCognitiveState, told } = cognitiveStates(rowsOf, known);
  return {
    ...headcounts(known),
    agentsByHealth: healths(rowsOf, known),
    agentsByCognitiveState,
    sums: { cognitive_state: told, ...sums(rowsOf, known) },
  };
}

const noStates = { agentsByHealth: undefined, agentsByCognitiveState: undefined };

function headcounts({ agents, targetsKnown, containersKnown, anyAsked }: FleetAgents) {
  const expected = agents.filter((agent) => agent.expected);
  const none = targetsKnown && expected.length === 0;
  const determined = expected.some(({ condition }) => condition !== 'undetermined');
  const count = (which: (agent: FleetAgent) => boolean) => agents.filter(which).length;
  return {
    agentsExpected: targetsKnown ? expected.length : undefined,
    agentsObserved: containersKnown ? count(({ observed }) => observed) : undefined,
    agentsAnswering: anyAsked || none ? count(({ condition }) => condition === 'answering') : undefined,
    agentsMissing:
      none || determined ? expected.filter(({ condition }) => condition === 'down').length : undefined,
  };
}

function healths(rowsOf: RowsByEntity, { agents }: FleetAgents): Counts {
  const asked = byAgent(rowsOf(inputs.health.entity));
  return countEach(
    agents.map(({ key, condition }) =>
      condition === 'down' ? 'down' : (stateOf(asked.get(key), inputs.health) ?? 'unknown'),
    ),
  );
}

function cognitiveStates(rowsOf: RowsByEntity, { agents, unreadSources }: FleetAgents) {
  const asked = byAgent(rowsOf(inputs.cognitiveState.entity));
  const states = agents.map(({ key }) => stateOf(asked.get(key), inputs.cognitiveState));
  const told = sumOf(
    states.map((state) => (state === undefined ? undefined : 1)),
    unreadSources,
  );
  return { told, agentsByCognitiveState: told.total === undefined ? undefined : countEach(states) };
}

function sums(rowsOf: RowsByEntity, known: FleetAgents): FleetSample['sums'] {
  const counted = (input: FigureInput): Sum => {
    const rows = byAgent(rowsOf(input.entity));
    const figures = known.agents.map(({ key }) => figureOf(rows.get(key), input));
    return sumOf(figures, known.unreadSources);
  };
  const reported = (input: FigureInput): Sum =>
    sumOf(greatestOfEachAgent(rowsOf, known.agents, input), known.unreadSources);
  return {
    llm_requests: counted(inputs.llmRequests),
    llm_tokens_input: counted(inputs.llmTokensInput),
    llm_tokens_output: counted(inputs.llmTokensOutput),
    llm_cost: counted(inputs.llmCost),
    llm_errors: counted(inputs.llmErrors),
    messages: counted(inputs.messages),
    reported_cost: reported(inputs.reportedCost),
    reported_carbon: reported(inputs.reportedCarbon),
    reported_energy: reported(inputs.reportedEnergy),
  };
}

/** Occurrences of one agent share what they store, and each reports of all of it: adding them up would count it several times. */
function greatestOfEachAgent(
  rowsOf: RowsByEntity,
  agents: readonly FleetAgent[],
  input: FigureInput,
): readonly (number | undefined)[] {
  const rows = byAgent(rowsOf(input.entity));
  const occurrences = Map.groupBy(agents, ({ agentId }) => agentId);
  return [...occurrences.values()].map((each) => {
    const figures = each
      .map(({ key }) => figureOf(rows.get(key), input))
      .filter((figure) => figure !== undefined);
    return figures.length === 0 ? undefined : Math.max(...figures);
  });
}

/** Whether anything has said which agents there are: only then are none none. */
function isKnown({ agents, targetsKnown, containersKnown }: FleetAgents): boolean {
  return agents.length > 0 || targetsKnown || containersKnown;
}
