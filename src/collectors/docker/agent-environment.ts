/** All that is ever taken from a container's environment, which holds passwords and tokens beside it. */
export interface AgentEnvironment {
  readonly agentId: string | undefined;
  readonly occurrenceId: string | undefined;
  readonly template: string | undefined;
  /** Whether the agent is told to talk to a mock LLM; undefined where it is told nothing. */
  readonly mockLlm: boolean | undefined;
}

/** @param lines - each `NAME=value`. */
export function readAgentEnvironment(lines: readonly string[]): AgentEnvironment {
  const mockLlm = variable(lines, 'CIRIS_MOCK_LLM');
  return {
    agentId: variable(lines, 'CIRIS_AGENT_ID'),
    occurrenceId: variable(lines, 'AGENT_OCCURRENCE_ID'),
    template: variable(lines, 'CIRIS_TEMPLATE'),
    mockLlm: mockLlm === undefined ? undefined : wordsForYes.includes(mockLlm.toLowerCase()),
  };
}

/** Those that agents know; any other word is a no to them. */
const wordsForYes: readonly string[] = ['true', '1', 'yes', 'on'];

function variable(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((each) => each.startsWith(`${name}=`));
  return line === undefined ? undefined : line.slice(name.length + 1) || undefined;
}
