import type { Row } from '../../metric/row.ts';
import type { Micros } from '../../metric/time.ts';
import { type BuildFacts, factsIn, factsOf } from './build-book.ts';
import type { Component } from './sample.ts';

/** An image that a deployment orders for all of a component. */
export interface Order {
  readonly image: string;
  /** What that is, as far as its reference and the notification tell. */
  readonly facts: BuildFacts;
  readonly deploymentId: string;
  /** Done: completed, and its counts add up. Open: it waits or goes on. Void: it ended in another way. */
  readonly state: 'done' | 'open' | 'void';
  /** Whether it is being carried out at this moment. */
  readonly underWay: boolean;
  /** Of its completion, or else of the last thing known of it. */
  readonly time: Micros | undefined;
  /** Whether `time` is when it was completed. */
  readonly completed: boolean;
}

/** These the manager can only carry out for one agent alone: no order for the fleet. */
const singleStrategies: readonly (string | undefined)[] = ['manual', 'docker'];
const openStates: readonly (string | undefined)[] = ['pending', 'in_progress', 'paused'];
/**
 * The manager sets these words when somebody asks for a rollback, whatever the deployment was before, and changes no
 * agent. Had it reached its last phase and all agents by then, it was completed; when, the rollback has overwritten.
 */
const rollbackStates: readonly (string | undefined)[] = [
  'rolling_back',
  'rolled_back',
  'rollback_failed',
  'rollback_proposed',
];

/** What deployments order for a component, the newest first; those whose time is unknown come last. */
export function ordersOf(component: Component, deployments: readonly Row[]): readonly Order[] {
  return deployments
    .filter(({ entity }) => entity === 'deployment')
    .flatMap((row) => {
      const image = row.info[`ciris.deployment.image.${component}`];
      const deploymentId = row.identity['ciris.deployment.id'];
      if (image === undefined || deploymentId === undefined || isNoOrder(row)) return [];
      const completedAt = timeOf(row, 'completedAt');
      const time = completedAt ?? timeOf(row, 'startedAt') ?? timeOf(row, 'stagedAt');
      const state = stateOf(row);
      const underWay = state === 'open' && row.states.status !== 'pending';
      const facts = factsIn(factsOf({ image }), versionOf(component, row));
      return [{ image, facts, deploymentId, state, underWay, time, completed: completedAt !== undefined }];
    })
    .sort((a, b) => (b.time ?? 0) - (a.time ?? 0) || (a.deploymentId < b.deploymentId ? -1 : 1));
}

function isNoOrder({ info, states }: Row): boolean {
  const isForOne = states.phase === 'single' || singleStrategies.includes(info['ciris.deployment.strategy']);
  return isForOne || states.status === 'rejected';
}

/** A notification speaks of the agents' version alone. */
function versionOf(component: Component, { info }: Row): string | undefined {
  return component === 'agent' ? info['ciris.deployment.version'] : undefined;
}

function stateOf({ states, values }: Row): Order['state'] {
  if (openStates.includes(states.status)) return 'open';
  if (states.status === 'completed') return values.doubtful === 1 ? 'void' : 'done';
  const wasDone = rollbackStates.includes(states.status) && states.phase === 'general' && reachedAll(values);
  return wasDone ? 'done' : 'void';
}

function reachedAll({ agentsAssigned, agentsUpdated, agentsFailed }: Row['values']): boolean {
  return Number(agentsUpdated) + Number(agentsFailed) >= Number(agentsAssigned);
}

function timeOf({ values }: Row, key: string): Micros | undefined {
  const seconds = values[key];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1e6);
}
