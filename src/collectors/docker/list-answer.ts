import { z } from 'zod';
import { parseJson, readFields } from './json.ts';
import { type ContainerState, containerStates, type HealthState, healthStates } from './sample.ts';
import { readStatusText, type StatusText } from './status-text.ts';

/** A container as the engine lists it. */
export interface ListedContainer {
  readonly id: string;
  readonly name: string | undefined;
  readonly imageName: string | undefined;
  readonly imageId: string | undefined;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly state: ContainerState;
  /** `none` where the engine says that there is no healthcheck, undefined where it says nothing. */
  readonly health: HealthState | 'none' | undefined;
  readonly age: StatusText['age'];
  readonly networkMode: string | undefined;
  /** Changes with whatever may make known details wrong; not with age or health. */
  readonly fingerprint: string;
  /** Whether its fingerprint changes with every start. */
  readonly showsStarts: boolean;
}

export interface List {
  readonly containers: readonly ListedContainer[];
  /** What of the list could not be understood. */
  readonly problems: readonly string[];
}

const text = z.string().nullish();

const listed = z.object({
  // It becomes a part of paths that the engine is asked for.
  Id: z.string().regex(/^\w[\w.-]*$/, 'is no id'),
  Names: z.array(z.string()).nullish(),
  Image: text,
  ImageID: text,
  Labels: z.record(z.string(), z.unknown()).nullish(),
  State: text,
  Status: text,
  Health: z.object({ Status: text }).nullish(),
  HostConfig: z.object({ NetworkMode: text }).nullish(),
  NetworkSettings: z
    .object({ Networks: z.record(z.string(), z.object({ EndpointID: text }).nullish()).nullish() })
    .nullish(),
});

/** Undefined also where it is empty, or no text. */
export function labelOf(labels: ListedContainer['labels'], name: string): string | undefined {
  const value = labels[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Undefined when it is no list at all. */
export function readList(body: string): List | undefined {
  // Engines written in Go may say null for a list of none.
  const answer = z.array(z.unknown()).nullable().safeParse(parseJson(body)).data;
  if (answer === undefined) return undefined;
  const containers: ListedContainer[] = [];
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const item of answer ?? []) {
    const { data, problem } = readFields(listed, item);
    const whose = data === undefined ? 'a listed container' : `container ${data.Id.slice(0, 12)}`;
    if (problem !== undefined) problems.push(`${whose} could not be read from the list: ${problem}`);
    if (data === undefined) continue;
    if (ids.has(data.Id)) {
      problems.push(`${whose} is listed twice`);
      continue;
    }
    ids.add(data.Id);
    const state = readState(data.State ?? '');
    if (state === 'unknown') problems.push(`${whose} has the unknown state '${data.State ?? ''}'`);
    containers.push(containerOf(data, state));
  }
  return { containers, problems };
}

function containerOf(data: z.infer<typeof listed>, state: ContainerState): ListedContainer {
  const status = readStatusText(data.Status ?? '');
  const endpoints = endpointsOf(data);
  return {
    id: data.Id,
    name: ownName(data.Names ?? []),
    imageName: data.Image ?? undefined,
    imageId: data.ImageID ?? undefined,
    labels: data.Labels ?? {},
    state,
    health: readHealth(data.Health?.Status ?? undefined) ?? status.health,
    age: status.age,
    networkMode: data.HostConfig?.NetworkMode ?? undefined,
    fingerprint: [data.State, status.exitCode ?? '', ...endpoints].join(' '),
    showsStarts: endpoints.length > 0,
  };
}

/** Each start of a container gives it new endpoints, even on the networks `none` and `host`. */
function endpointsOf({ NetworkSettings }: z.infer<typeof listed>): readonly string[] {
  return Object.values(NetworkSettings?.Networks ?? {})
    .map((network) => network?.EndpointID ?? '')
    .filter((id) => id !== '')
    .sort();
}

/** A name with a second slash is what another container's link calls it. */
function ownName(names: readonly string[]): string | undefined {
  const bare = names.map((name) => name.replace(/^\//, ''));
  return bare.find((name) => !name.includes('/')) ?? bare[0];
}

/** Podman's words for what Docker has no state for. */
const otherWords: ReadonlyMap<string, ContainerState> = new Map([
  ['configured', 'created'],
  ['initialized', 'created'],
  ['stopping', 'running'],
  ['stopped', 'exited'],
]);

function readState(word: string): ContainerState {
  const state = word.toLowerCase();
  return containerStates.find((known) => known === state) ?? otherWords.get(state) ?? 'unknown';
}

function readHealth(word: string | undefined): HealthState | 'none' | undefined {
  return word === 'none' ? 'none' : healthStates.find((known) => known === word);
}
