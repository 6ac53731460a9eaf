import { z } from 'zod';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Problem } from '../collector.ts';
import { microsFromPython } from './iso-time.ts';
import { type Fields, readFields } from './read-fields.ts';
import { type DeploymentPhase, type DeploymentStatus, deploymentStatuses } from './sample.ts';

/** What is shown as it was given has few characters and no blanks: no text of a person passes. */
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/);
const image = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,254}$/);
const count = z.int().min(0).nullish();
const time = z
  .union([z.string(), z.date()])
  .transform((value, context): Micros | undefined => {
    const micros = typeof value === 'string' ? microsFromPython(value) : microsFromMs(value.getTime());
    if (micros === undefined) context.addIssue('is no time');
    return micros;
  })
  .nullish();

/** A deployment as a host tells of it. Times: `Date`, or ISO 8601 text, which is UTC where it names no zone. */
export const deploymentRecord = z.object({
  id: word.describe('Stable, and the same in all sources.'),
  status: z.string().describe("The manager's word: pending, in_progress, paused, completed, failed, …"),
  phase: z.string().nullish().describe('explorers, early_adopters, general, single; none without phases.'),
  strategy: word.nullish().describe('canary, immediate, manual or docker.'),
  riskLevel: word.nullish(),
  version: word.nullish(),
  notifier: word.nullish().describe('Who sent the notification.'),
  agentImage: image.nullish(),
  guiImage: image.nullish(),
  nginxImage: image.nullish(),
  agentsTotal: count,
  agentsUpdated: count,
  agentsFailed: count,
  agentsInProgress: count,
  agentsPendingRestart: count,
  assigned: z
    .object({ explorers: z.int().min(0), earlyAdopters: z.int().min(0), general: z.int().min(0) })
    .nullish()
    .describe('Agents by canary group; null where none were assigned.'),
  stagedAt: time,
  startedAt: time,
  completedAt: time,
  lastEventAt: time.describe('When the last event was noted.'),
  notification: z.string().nullish().describe('The same text for all deployments of one notification.'),
});

export type DeploymentRecord = z.input<typeof deploymentRecord>;

/** A record that was checked; `undefined` and `null` both mean that it is not known, but for `assigned`. */
export interface Deployment extends Omit<z.output<typeof deploymentRecord>, 'status' | 'phase'> {
  readonly status: DeploymentStatus | undefined;
  readonly phase: DeploymentPhase | undefined;
}

const lenient = deploymentRecord.extend({ status: z.string().optional() });

const parse = (message: string): Problem => ({ kind: 'parse', message });

export interface RecordRead {
  /** Undefined when it has no id that can be used. */
  readonly deployment: Deployment | undefined;
  readonly problems: readonly Problem[];
}

/** Checks what is told of one deployment; no value of it gets into the problems. */
export function readDeployment(fields: Fields): RecordRead {
  const { data, unreadable } = readFields(lenient, fields);
  if (data === undefined) return { deployment: undefined, problems: [parse('a deployment has no id')] };
  const status = data.status === undefined ? undefined : statusOf(data.status);
  const phase = typeof data.phase === 'string' ? phaseOf(data.phase) : undefined;
  const lacking = status === undefined && !unreadable.includes('status') ? ['status'] : [];
  const problems = [...unreadable, ...lacking].map((field) =>
    parse(`${field} of deployment ${data.id} is missing or cannot be read`),
  );
  if (status === 'unknown') problems.push(parse(`deployment ${data.id} has a status that is not known`));
  if (phase === 'unknown') problems.push(parse(`deployment ${data.id} is in a phase that is not known`));
  return { deployment: { ...data, status, phase }, problems };
}

/** The manager says `staged` when it is notified, and notes `pending`. */
function statusOf(text: string): DeploymentStatus {
  return text === 'staged' ? 'pending' : (deploymentStatuses.find((status) => status === text) ?? 'unknown');
}

const phaseSpellings: Readonly<Record<string, DeploymentPhase>> = {
  explorer: 'explorers',
  explorers: 'explorers',
  early_adopter: 'early_adopters',
  early_adopters: 'early_adopters',
  general: 'general',
  single: 'single',
  single_agent: 'single',
};

/** The manager spells phases in several ways: `early_adopters` and `early adopter`, `explorers` and `explorer`. */
function phaseOf(text: string): DeploymentPhase {
  const key = text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return Object.hasOwn(phaseSpellings, key) ? (phaseSpellings[key] ?? 'unknown') : 'unknown';
}
