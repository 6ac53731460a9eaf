/** How many there are of each of several sorts, without those that there are none of. */
export type Counts = Readonly<Record<string, number>>;

/** A figure summed up over what should have told it. */
export interface Sum {
  /** Undefined when something should have told the figure and nothing did. */
  readonly total: number | undefined;
  readonly included: number;
  readonly missing: number;
}

/** What is summed up over containers, agents or endpoints that may not all tell it. */
export const summedFigures = [
  'cognitive_state',
  'cpu_agent',
  'cpu_other',
  'memory_agent',
  'memory_other',
  'llm_requests',
  'llm_tokens_input',
  'llm_tokens_output',
  'llm_cost',
  'llm_errors',
  'messages',
  'reported_cost',
  'reported_carbon',
  'reported_energy',
  'certificate_remaining',
] as const;
export type SummedFigure = (typeof summedFigures)[number];

/** Totals over one snapshot, with what they rest on. Whatever no source says is undefined; zero is what a source said. */
export interface FleetSample {
  readonly instance: string;
  readonly servers: Counts | undefined;
  /** By state, over the hosts that answered. */
  readonly containers: Counts | undefined;
  readonly agentsExpected: number | undefined;
  readonly agentsObserved: number | undefined;
  readonly agentsAnswering: number | undefined;
  readonly agentsMissing: number | undefined;
  readonly agentsByHealth: Counts | undefined;
  readonly agentsByCognitiveState: Counts | undefined;
  readonly agentsByVersion: Counts | undefined;
  readonly deployments: Counts | undefined;
  readonly endpoints: Counts | undefined;
  /** Seconds until the first certificate ceases to be valid. */
  readonly certificateRemaining: number | undefined;
  readonly sums: Readonly<Partial<Record<SummedFigure, Sum>>>;
}
