import { z } from 'zod';
import type { Micros } from '../../metric/time.ts';
import type { AgentIdentity } from '../agent-target.ts';
import type { Finding } from '../collector.ts';
import { flag, oneOf, port, readFields, time, word } from './fields.ts';
import { readIdentity } from './registry-identity.ts';
import { type AgentImage, readImages } from './registry-images.ts';

/** What is kept of an entry of the registry: all else in it, secrets among it, is left behind. */
export interface RegistryEntry extends AgentIdentity {
  readonly key: string;
  readonly name: string | undefined;
  readonly template: string | undefined;
  readonly canaryGroup: string | undefined;
  readonly deployment: string | undefined;
  readonly port: number | undefined;
  readonly expected: boolean | undefined;
  readonly version: string | undefined;
  readonly workNoted: Micros | undefined;
  readonly transition: Transition | undefined;
  readonly images: readonly AgentImage[];
  /** The service token as the registry has it, sealed; a function, so that no log or JSON shows it. Undefined: there is none. */
  readonly sealedToken: (() => string) | undefined;
}

export interface Transition {
  readonly noted: Micros;
  /** Undefined when the agent was not seen at work, or was at work when it was first looked at. */
  readonly timeToWorkSeconds: number | undefined;
}

export type EntryReading =
  | {
      readonly outcome: 'read';
      readonly entry: RegistryEntry;
      readonly problems: readonly string[];
      readonly findings: readonly Finding[];
    }
  | { readonly outcome: 'unreadable'; readonly message: string };

const entryFields = z.object({
  name: word,
  template: word,
  port,
  do_not_autostart: flag,
  current_version: word,
  last_work_state_at: time,
  version_transitions: z.array(z.unknown()).nullish(),
  metadata: z.unknown().optional(),
  service_token: z.unknown().optional(),
});

const metadataFields = z.object({
  canary_group: oneOf(['explorer', 'early_adopter', 'general']),
  deployment: word,
});

/** The manager appends to the list for ever; only the newest is of interest, and that stands at its end. */
const mostTransitions = 5;
const transitionFields = z.object({ timestamp: time, reached_work: flag, work_state_at: time });

/** Reads one entry; a field that is not as expected costs only itself. */
export function readEntry(key: string, value: unknown): EntryReading {
  const identity = readIdentity(key, value);
  if (identity.outcome === 'unreadable') return identity;
  const fields = readFields(entryFields, value);
  const { data } = fields;
  const metadata = readFields(metadataFields, data.metadata, 'metadata');
  const { images, problems } = readImages(data.metadata);
  const latest = (data.version_transitions ?? []).slice(-mostTransitions);
  const transitions = latest.map((item) => readFields(transitionFields, item, 'version_transitions'));
  return {
    outcome: 'read',
    entry: {
      ...identity.identity,
      key,
      name: data.name,
      template: data.template,
      canaryGroup: metadata.data.canary_group,
      deployment: metadata.data.deployment,
      port: data.port,
      expected: isReadable(fields.problems, 'do_not_autostart') ? data.do_not_autostart !== true : undefined,
      version: data.current_version,
      workNoted: data.last_work_state_at,
      transition: newest(transitions.map((transition) => transition.data)),
      images,
      sealedToken: sealed(data.service_token),
    },
    problems: [
      // The same fields of metadata are looked at twice.
      ...new Set([fields, metadata, { problems }, ...transitions].flatMap((read) => read.problems)),
      ...(data.port === undefined && isReadable(fields.problems, 'port') ? ['port: there is none'] : []),
    ],
    findings: identity.findings,
  };
}

const isReadable = (problems: readonly string[], field: string): boolean =>
  !problems.some((problem) => problem.startsWith(`${field}:`));

function newest(transitions: readonly z.infer<typeof transitionFields>[]): Transition | undefined {
  const [latest] = transitions
    .flatMap(({ timestamp, ...rest }) => (timestamp === undefined ? [] : [{ noted: timestamp, ...rest }]))
    .toSorted((a, b) => b.noted - a.noted);
  if (latest === undefined) return undefined;
  const { noted, reached_work, work_state_at } = latest;
  // Equal times say that the agent was at work when the manager first looked, not that it took no time.
  const measured = reached_work === true && work_state_at !== undefined && work_state_at > noted;
  return { noted, timeToWorkSeconds: measured ? (work_state_at - noted) / 1e6 : undefined };
}

/** What is there and no text is a token that cannot be used, not a token that is missing. */
function sealed(token: unknown): (() => string) | undefined {
  if (token === undefined || token === null || token === '') return undefined;
  return typeof token === 'string' ? () => token : () => '';
}
