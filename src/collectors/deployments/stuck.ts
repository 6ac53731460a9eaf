import { type Micros, microsToIso } from '../../metric/time.ts';
import type { Finding } from '../collector.ts';
import { isRunning } from './lifetime.ts';
import type { Deployment } from './record.ts';

/** Each of three phases has a quarter of an hour to bring one agent to work, and an agent ten minutes to shut down. */
const longest: Micros = 6 * 3600e6;

/**
 * Deployments that run for longer than any takes: one that CIRISManager was killed in is in progress for ever, and while it
 * is, no other can be launched.
 */
export function findStuck(deployments: readonly Deployment[], time: Micros): readonly Finding[] {
  return deployments.flatMap((deployment) => {
    const { id, status, startedAt } = deployment;
    if (!isRunning(deployment) || typeof startedAt !== 'number' || time - startedAt <= longest) return [];
    const message = `deployment ${id} is ${status}, and was started at ${microsToIso(startedAt)}, longer ago than any takes: CIRISManager may have been killed in it, and then never takes it up again; cancel it`;
    return [{ kind: 'deployment_stuck', message }];
  });
}
