import type { Counts, FleetSample } from '../../catalog/fleet-sample.ts';
import { type FigureInput, figureOf, inputs, type RowsByEntity, stateOf } from '../inputs.ts';
import { readingsOf, sourceNames } from './known-sources.ts';

/** What has begun and not ended. A paused rollout goes on. */
const active: ReadonlySet<string | undefined> = new Set([
  'in_progress',
  'paused',
  'rollback_proposed',
  'rolling_back',
]);

/** What had not ended then may well have; its collector leaves it out after so long too. */
const longestSeconds = 600;

export function rolloutFigures(rowsOf: RowsByEntity): Pick<FleetSample, 'deployments' | 'agentsByVersion'> {
  return { deployments: deploymentsOf(rowsOf), agentsByVersion: adoptionOf(rowsOf) };
}

function deploymentsOf(rowsOf: RowsByEntity): Counts | undefined {
  const rows = rowsOf(inputs.deploymentStatus.entity);
  const { read, unread } = readingsOf(rowsOf, sourceNames.deployments, longestSeconds);
  if (read === 0 && (rows.length === 0 || unread > 0)) return undefined;
  const statuses = rows.map((row) => stateOf(row, inputs.deploymentStatus));
  return {
    active: statuses.filter((status) => active.has(status)).length,
    staged: statuses.filter((status) => status === 'pending').length,
  };
}

/** Over all canary groups. */
function adoptionOf(rowsOf: RowsByEntity): Counts | undefined {
  const groups = rowsOf(inputs.onLatest.entity);
  if (groups.length === 0) return undefined;
  const over = (input: FigureInput): number =>
    groups.reduce((sum, row) => sum + (figureOf(row, input) ?? 0), 0);
  return {
    latest: over(inputs.onLatest),
    previous: over(inputs.onPrevious),
    older: over(inputs.onOlder),
    newer: over(inputs.onNewer),
    unknown: over(inputs.onUnknown),
  };
}
