import type { Micros } from '../../metric/time.ts';
import type { Problem } from '../collector.ts';
import type { ForeignFields } from './foreign-fields.ts';
import { type Deployment, readDeployment } from './record.ts';

/** What one source told at one time. */
export interface Reading {
  readonly deployments: readonly Deployment[];
  readonly problems: readonly Problem[];
  /** False where there may be more than it tells of. */
  readonly isWhole: boolean;
  /** When the source wrote it, by its own word; undefined where it answers on the spot. */
  readonly writtenAt: Micros | undefined;
}

export interface ReadContext {
  readonly time: Micros;
  readonly signal: AbortSignal;
}

/** A place that tells of deployments. */
export interface DeploymentSource {
  /** As in `ciris.source`. */
  readonly name: string;
  /** Path or address, without credentials. */
  readonly location: string | undefined;
  /** Undefined where there is none and nobody asked for one. Throws a TelemetryError where it cannot be read. */
  read(context: ReadContext): Promise<Reading | undefined>;
  close(): Promise<void>;
}

/** Checks one deployment of the manager's, and adds what is wrong with it to the problems. */
export function deploymentOf(
  { fields, lacking }: ForeignFields,
  problems: Problem[],
): Deployment | undefined {
  const read = readDeployment(fields);
  const id = read.deployment?.id;
  problems.push(...read.problems);
  // What a readable deployment has not is told once, by the manager's name for it.
  for (const field of id === undefined ? [] : lacking.filter((name) => name !== 'status')) {
    problems.push({ kind: 'parse', message: `${field} of deployment ${id} is missing or cannot be read` });
  }
  return read.deployment;
}

/** Of two records with one id the first counts: a deployment that was just started may still be listed as staged. */
export function withoutRepeats(deployments: readonly Deployment[]): readonly Deployment[] {
  const first = new Map<string, Deployment>();
  for (const deployment of deployments) if (!first.has(deployment.id)) first.set(deployment.id, deployment);
  return [...first.values()];
}
