import type { Row } from '../metric/row.ts';
import type { Outcome } from '../snapshot/snapshot.ts';
import { bytesText, durationText, type TextColumn } from './text-table.ts';

const figure =
  (key: string, show: (value: number) => string = String) =>
  ({ values }: Row): string | undefined => {
    const value = values[key];
    return value === undefined ? undefined : show(Number(value));
  };

const yesOrNo = (value: number): string => (value === 1 ? 'yes' : 'no');

export const seconds = (value: number): string => `${value.toFixed(3)} s`;

export const serverColumns: readonly TextColumn<Row>[] = [
  { title: 'HOST', text: (row) => row.identity['ciris.server.id'] },
  { title: 'ENGINE', text: (row) => engineOf(row) },
  { title: 'UP', text: figure('up', yesOrNo) },
  { title: 'RUNNING', text: figure('containersRunning'), right: true },
  { title: 'EXITED', text: figure('containersExited'), right: true },
  { title: 'ANSWERED IN', text: figure('responseDuration', seconds), right: true },
];

export const containerColumns: readonly TextColumn<Row>[] = [
  {
    title: 'CONTAINER',
    text: (row) => row.info['container.name'] ?? row.identity['container.id']?.slice(0, 12),
  },
  { title: 'AGENT', text: (row) => row.info['ciris.agent.id'] },
  { title: 'STATE', text: (row) => row.states.state },
  { title: 'HEALTH', text: (row) => row.states.health },
  { title: 'EXIT', text: figure('exitCode'), right: true },
  { title: 'CPU', text: figure('cpuUsage', (cores) => cores.toFixed(2)), right: true },
  { title: 'MEMORY', text: figure('memoryWorkingSet', bytesText), right: true },
  { title: 'LIMIT', text: figure('memoryLimit', bytesText), right: true },
  { title: 'PIDS', text: figure('pids'), right: true },
  { title: 'UPTIME', text: figure('uptime', durationText), right: true },
];

export const agentColumns: readonly TextColumn<Row>[] = [
  { title: 'AGENT', text: ({ identity }) => agentOf(identity) },
  { title: 'HOST', text: ({ identity }) => identity['ciris.server.id'] },
  { title: 'REACHABLE', text: figure('reachable', yesOrNo) },
  { title: 'HEALTH', text: ({ states }) => states.health },
  { title: 'STATE', text: ({ states }) => states.cognitiveState },
  { title: 'VERSION', text: ({ info }) => info['ciris.agent.version'] },
  { title: 'UPTIME', text: figure('uptime', durationText), right: true },
  { title: 'ERROR', text: ({ info }) => info['error.type'] },
];

export const deploymentColumns: readonly TextColumn<Row>[] = [
  { title: 'DEPLOYMENT', text: ({ identity }) => identity['ciris.deployment.id'] },
  { title: 'STATUS', text: ({ states }) => states.status },
  { title: 'PHASE', text: ({ states }) => states.phase },
  { title: 'VERSION', text: ({ info }) => info['ciris.deployment.version'] },
  { title: 'TOOK', text: figure('duration', durationText), right: true },
];

export const endpointColumns: readonly TextColumn<Row>[] = [
  { title: 'ADDRESS', text: ({ identity }) => identity['ciris.endpoint.name'] },
  { title: 'UP', text: figure('up', yesOrNo) },
  { title: 'OUTCOME', text: ({ states }) => states.outcome },
];

export const collectorColumns: readonly TextColumn<Outcome>[] = [
  { title: 'COLLECTOR', text: ({ collector }) => collector },
  { title: 'READ', text: ({ ok, errorType }) => (ok ? 'yes' : `no: ${errorType ?? 'unknown'}`) },
  { title: 'ROWS', text: ({ rows }) => String(rows), right: true },
  { title: 'TOOK', text: ({ durationMs }) => seconds(durationMs / 1000), right: true },
];

function engineOf({ info }: Row): string | undefined {
  const parts = [info['ciris.server.engine.name'], info['ciris.server.engine.version']];
  return parts.every((part) => part === undefined)
    ? undefined
    : parts.filter((part) => part !== undefined).join(' ');
}

function agentOf(identity: Row['identity']): string | undefined {
  const occurrence = identity['ciris.agent.occurrence.id'];
  const id = identity['ciris.agent.id'];
  return occurrence === undefined || occurrence === 'default' ? id : `${id}/${occurrence}`;
}
