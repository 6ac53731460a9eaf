import type { Row } from '../metric/row.ts';
import { microsToIso } from '../metric/time.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { oneLine } from './log.ts';
import {
  agentColumns,
  collectorColumns,
  containerColumns,
  deploymentColumns,
  endpointColumns,
  seconds,
  serverColumns,
} from './snapshot-columns.ts';
import { type TextColumn, textTable } from './text-table.ts';

/** None is something else than none known. */
function noContainers(servers: readonly Row[]): string {
  return servers.length > 0 && servers.every(({ values }) => values.up === 1)
    ? 'There are no containers.\n'
    : 'What containers there are is not known.\n';
}

/** Shown where there are any. */
const others: readonly { readonly entity: string; readonly columns: readonly TextColumn<Row>[] }[] = [
  { entity: 'agent', columns: agentColumns },
  { entity: 'deployment', columns: deploymentColumns },
  { entity: 'endpoint', columns: endpointColumns },
];

/** A snapshot for people: hosts, containers, agents, deployments, and how the collectors fared. A dash is a figure that is not known. */
export function snapshotText(snapshot: Snapshot): string {
  const rowsOf = (entity: string): readonly Row[] => snapshot.rows.filter((row) => row.entity === entity);
  const trouble = snapshot.outcomes.flatMap(({ message, problems }) => [
    ...(message === undefined ? [] : [message]),
    ...problems,
  ]);
  trouble.push(...snapshot.findings.map(({ message }) => message));
  const servers = rowsOf('server');
  const containers = rowsOf('container');
  return [
    `Snapshot of ${microsToIso(snapshot.time)}, taken in ${seconds(snapshot.durationMs / 1000)}\n`,
    textTable(serverColumns, servers),
    containers.length === 0 ? noContainers(servers) : textTable(containerColumns, containers),
    ...others.flatMap(({ entity, columns }) => {
      const rows = rowsOf(entity);
      return rows.length === 0 ? [] : [textTable(columns, rows)];
    }),
    textTable(collectorColumns, snapshot.outcomes),
    ...(trouble.length === 0 ? [] : [trouble.map((line) => `! ${oneLine(line)}\n`).join('')]),
  ].join('\n');
}
