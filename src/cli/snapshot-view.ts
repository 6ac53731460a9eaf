import type { Row } from '../metric/row.ts';
import { microsToIso } from '../metric/time.ts';
import type { Outcome, Snapshot } from '../snapshot/snapshot.ts';
import { bytesText, durationText, type TextColumn, textTable } from './text-table.ts';

const figure =
  (key: string, show: (value: number) => string = String) =>
  ({ values }: Row): string | undefined => {
    const value = values[key];
    return value === undefined ? undefined : show(Number(value));
  };

const seconds = (value: number): string => `${value.toFixed(3)} s`;

const serverColumns: readonly TextColumn<Row>[] = [
  { title: 'HOST', text: (row) => row.identity['ciris.server.id'] },
  { title: 'ENGINE', text: (row) => engineOf(row) },
  { title: 'UP', text: figure('up', (up) => (up === 1 ? 'yes' : 'no')) },
  { title: 'RUNNING', text: figure('containersRunning'), right: true },
  { title: 'EXITED', text: figure('containersExited'), right: true },
  { title: 'ANSWERED IN', text: figure('responseDuration', seconds), right: true },
];

const containerColumns: readonly TextColumn<Row>[] = [
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

const collectorColumns: readonly TextColumn<Outcome>[] = [
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

/** None is something else than none known. */
function noContainers({ outcomes }: Snapshot): string {
  return outcomes.every(({ ok }) => ok)
    ? 'There are no containers.\n'
    : 'What containers there are is not known.\n';
}

/** A snapshot for people: hosts, containers, and how the collectors fared. A dash is a figure that is not known. */
export function snapshotText(snapshot: Snapshot): string {
  const rowsOf = (entity: string): readonly Row[] => snapshot.rows.filter((row) => row.entity === entity);
  const trouble = snapshot.outcomes.flatMap(({ message, problems }) => [
    ...(message === undefined ? [] : [message]),
    ...problems,
  ]);
  const containers = rowsOf('container');
  return [
    `Snapshot of ${microsToIso(snapshot.time)}, taken in ${seconds(snapshot.durationMs / 1000)}\n`,
    textTable(serverColumns, rowsOf('server')),
    containers.length === 0 ? noContainers(snapshot) : textTable(containerColumns, containers),
    textTable(collectorColumns, snapshot.outcomes),
    ...(trouble.length === 0 ? [] : [trouble.map((line) => `! ${line}\n`).join('')]),
  ].join('\n');
}
