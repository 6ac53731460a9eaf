import type { Row } from '../metric/row.ts';

/** A figure or state that snapshots sum up, by the key that its entity gives it. */
interface Input<Part extends 'values' | 'states' | 'info'> {
  readonly entity: string;
  readonly part: Part;
  readonly key: string;
}
export type FigureInput = Input<'values'>;
export type StateInput = Input<'states'>;
export type InfoInput = Input<'info'>;

const figure = (entity: string, key: string): FigureInput => ({ entity, part: 'values', key });
const state = (entity: string, key: string): StateInput => ({ entity, part: 'states', key });
const info = (entity: string, key: string): InfoInput => ({ entity, part: 'info', key });

/** All that is read of the rows of collectors. Their entities live elsewhere; a test holds that each of these is there. */
export const inputs = {
  serverUp: figure('server', 'up'),
  containerAgentId: info('container', 'ciris.agent.id'),
  containerOccurrenceId: info('container', 'ciris.agent.occurrence.id'),
  containerName: info('container', 'container.name'),
  containerState: state('container', 'state'),
  containerStartedAt: figure('container', 'startedAt'),
  containerCpu: figure('container', 'cpuUsage'),
  containerMemory: figure('container', 'memoryWorkingSet'),
  sourceReadAge: figure('source', 'readAge'),
  expected: figure('agent_target', 'expected'),
  up: figure('agent', 'up'),
  health: state('agent', 'health'),
  cognitiveState: state('agent', 'cognitiveState'),
  llmRequests: figure('agent_usage', 'llmRequests'),
  llmTokensInput: figure('agent_usage', 'llmTokensInput'),
  llmTokensOutput: figure('agent_usage', 'llmTokensOutput'),
  llmCost: figure('agent_usage', 'llmCost'),
  llmErrors: figure('agent_usage', 'llmErrors'),
  messages: figure('agent_usage', 'messages'),
  reportedCost: figure('agent_report', 'costDay'),
  reportedCarbon: figure('agent_report', 'carbonDay'),
  reportedEnergy: figure('agent_report', 'energyDay'),
  deploymentStatus: state('deployment', 'status'),
  onLatest: figure('version_adoption', 'latest'),
  onPrevious: figure('version_adoption', 'previous'),
  onOlder: figure('version_adoption', 'older'),
  onNewer: figure('version_adoption', 'newer'),
  onUnknown: figure('version_adoption', 'unknown'),
  endpointUp: figure('endpoint', 'up'),
  endpointUrl: info('endpoint', 'url.full'),
  certificateExpires: figure('endpoint', 'certificateExpires'),
} as const;

export function figureOf(row: Row | undefined, { key }: FigureInput): number | undefined {
  const value = row?.values[key];
  return value === undefined ? undefined : Number(value);
}

export function stateOf(row: Row | undefined, { key }: StateInput): string | undefined {
  return row?.states[key];
}

export function infoOf(row: Row | undefined, { key }: InfoInput): string | undefined {
  return row?.info[key];
}

export type RowsByEntity = (entity: string) => readonly Row[];

export function groupRows(rows: readonly Row[]): RowsByEntity {
  const groups = Map.groupBy(rows, ({ entity }) => entity);
  return (entity) => groups.get(entity) ?? [];
}
