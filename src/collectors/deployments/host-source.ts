import { TelemetryError } from '../../runtime/errors.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import type { Problem } from '../collector.ts';
import { isObject } from './read-fields.ts';
import {
  type DeploymentSource,
  deploymentOf,
  type ReadContext,
  type Reading,
  withoutRepeats,
} from './reading.ts';
import type { DeploymentRecord } from './record.ts';

/** All deployments that a host knows of. */
export type ReadDeployments = (signal: AbortSignal) => Promise<readonly DeploymentRecord[]>;

/** Deployments that the host of this library tells of, instead of CIRISManager. */
export class HostSource implements DeploymentSource {
  readonly name = 'host_deployments';
  readonly location = undefined;
  readonly #deployments: (signal: AbortSignal) => Promise<unknown>;

  constructor(deployments: ReadDeployments) {
    this.#deployments = oneAtATime(async (signal) => deployments(signal));
  }

  async read({ signal }: ReadContext): Promise<Reading> {
    const records: unknown = await this.#ask(signal);
    if (!Array.isArray(records)) {
      throw new TelemetryError(
        'protocol',
        'the function that gives the deployments gave no list; see the host',
      );
    }
    const problems: Problem[] = [];
    const deployments = records.flatMap((record: unknown) => {
      const fields = isObject(record) ? record : {};
      return deploymentOf({ fields, lacking: [] }, problems) ?? [];
    });
    const isWhole = deployments.length === records.length;
    return { deployments: withoutRepeats(deployments), problems, isWhole, writtenAt: undefined };
  }

  async close(): Promise<void> {}

  async #ask(signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#deployments(signal);
    } catch (thrown) {
      if (thrown instanceof TelemetryError) throw thrown;
      throw new TelemetryError(
        'internal',
        `the function that gives the deployments threw ${nameOf(thrown)}; see the host`,
        { cause: thrown },
      );
    }
  }
}

/** Not its message, which may hold anything. */
const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : typeof thrown);
