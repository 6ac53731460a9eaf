import type { FileHandle } from 'node:fs/promises';
import type { Micros } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import { stampOf } from '../../runtime/file-stamp.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import { openFile } from '../../runtime/open-file.ts';
import type { Problem } from '../collector.ts';
import { fileFailureOf } from './file-failure.ts';
import { fromStatus } from './foreign-fields.ts';
import { microsFromPython } from './iso-time.ts';
import { type Fields, isObject, parseJson } from './read-fields.ts';
import {
  type DeploymentSource,
  deploymentOf,
  type ReadContext,
  type Reading,
  withoutRepeats,
} from './reading.ts';
import type { Deployment } from './record.ts';

/** It is never pruned, but a deployment takes a few kilobytes. */
const maxBytes = 64 * 1024 * 1024;

export interface FileLocation {
  readonly path: string;
  /** Whether somebody asked for it: then it is a failure that it is not there. */
  readonly isRequired: boolean;
}

/**
 * The file that CIRISManager saves its deployments to. It is saved on some changes only, and a second instance may have
 * written what the first knows better: it can be wrong for minutes.
 */
export class StateFile implements DeploymentSource {
  readonly name = 'deployment_state';
  readonly location: string;
  readonly #isRequired: boolean;
  readonly #clock: Clock;
  readonly #readOnce = oneAtATime(() => this.#read());
  #known: { readonly mark: string | undefined; readonly reading: Reading } | undefined;

  constructor({ path, isRequired }: FileLocation, clock: Clock) {
    this.location = path;
    this.#isRequired = isRequired;
    this.#clock = clock;
  }

  async read({ signal }: ReadContext): Promise<Reading | undefined> {
    try {
      return await this.#readOnce(signal);
    } catch (thrown) {
      const isMissing = systemCodeOf(thrown) === 'ENOENT';
      if (isMissing && !this.#isRequired && this.#known === undefined) return undefined;
      throw fileFailureOf(thrown, `reading the deployments from ${this.location}`);
    }
  }

  async close(): Promise<void> {}

  async #read(): Promise<Reading> {
    const file = await openFile(this.location);
    try {
      const { mark, size } = await stampOf(file, this.#clock.now());
      if (mark !== undefined && this.#known?.mark === mark) return this.#known.reading;
      const reading = readState(await textOf(file, size));
      this.#known = { mark, reading };
      return reading;
    } finally {
      await file.close();
    }
  }
}

async function textOf(file: FileHandle, size: number): Promise<string> {
  if (size > maxBytes) {
    throw new TelemetryError('protocol', `it has ${size} bytes, more than a file of deployments ever has`);
  }
  return await file.readFile('utf8');
}

function readState(text: string): Reading {
  const state = parseJson(text);
  if (state === undefined)
    throw new TelemetryError('protocol', 'it is no JSON, as if half of it were missing');
  if (!isObject(state) || !isObject(state.deployments)) {
    throw new TelemetryError('protocol', 'it is JSON, but holds no deployments');
  }
  const problems: Problem[] = [];
  if (!isObject(state.pending_deployments)) problems.push(problem('pending_deployments are missing'));
  const pending = isObject(state.pending_deployments) ? state.pending_deployments : {};
  const groups = [state.deployments, pending];
  const deployments = groups.flatMap((group) => deploymentsIn(group, problems));
  const listed = groups.flatMap((group) => Object.keys(group)).length;
  const isWhole = isObject(state.pending_deployments) && deployments.length === listed;
  const writtenAt = timeOf(state.saved_at);
  if (writtenAt === undefined) problems.push(problem('saved_at is missing or no time'));
  return { deployments: withoutRepeats(deployments), problems, isWhole, writtenAt };
}

function deploymentsIn(group: Fields, problems: Problem[]): readonly Deployment[] {
  return Object.entries(group).flatMap(([id, value]) => {
    if (!isObject(value) || value.deployment_id !== id) {
      problems.push(problem('a deployment is no object, or has another id than its key'));
      return [];
    }
    const deployment = deploymentOf(fromStatus(value), problems);
    return deployment === undefined ? [] : [deployment];
  });
}

const timeOf = (value: unknown): Micros | undefined =>
  typeof value === 'string' ? microsFromPython(value) : undefined;

const problem = (message: string): Problem => ({
  kind: 'parse',
  message: `in the deployment state ${message}`,
});
