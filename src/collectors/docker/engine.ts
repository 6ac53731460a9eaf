import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { agreeOnApi, isOlder } from './api-version.ts';

/** What is known of the engine itself, from `/version` and `/info`. */
export interface Engine {
  readonly name: 'docker' | 'podman';
  readonly version: string | undefined;
  readonly apiVersion: string;
  readonly hostName: string | undefined;
  /** Version of the host's kernel. */
  readonly kernel: string | undefined;
  /** Memory of the host. */
  readonly memoryBytes: number | undefined;
  readonly traits: Traits;
}

/** How the figures of an engine are to be understood. */
export interface Traits {
  /** False where the same fields hold other things in other units, and so are not asked for. */
  readonly hasFigures: boolean;
  /** Nanoseconds in one unit of the kernel-mode CPU time; undefined where the unit is not certain. */
  readonly kernelModeNanos: number | undefined;
  /** What its memory usage is: all that is charged, that less droppable page cache, or something else. */
  readonly memory: 'usage' | 'working_set' | undefined;
  /** When its network figures are the container's own; undefined for never. */
  readonly network: 'unless_shared' | 'on_bridges' | undefined;
}

const text = z.string().nullish();

const versionAnswer = z.object({
  Version: text.catch(undefined),
  ApiVersion: z.string().regex(/^\d+\.\d+$/),
  MinAPIVersion: z
    .string()
    .regex(/^\d+\.\d+$/)
    .nullish()
    .catch(undefined),
  Os: text.catch(undefined),
  Components: z
    .array(z.object({ Name: text, Version: text }).catch({}))
    .nullish()
    .catch(undefined),
});

const infoAnswer = z.object({
  Name: text.catch(undefined),
  MemTotal: z.number().positive().nullish().catch(undefined),
  CgroupVersion: text.catch(undefined),
  KernelVersion: text.catch(undefined),
});

export type VersionAnswer = z.infer<typeof versionAnswer>;
export type InfoAnswer = z.infer<typeof infoAnswer>;

/** Undefined when it is not the answer of a container engine. */
export function readVersionAnswer(answer: unknown): VersionAnswer | undefined {
  return versionAnswer.safeParse(answer).data;
}

/** What the headers of every answer say of an engine that may not be asked for its version. */
export function readVersionHeaders(headers: IncomingHttpHeaders): VersionAnswer | undefined {
  const [, name, version, os] = /^(\w+)\/(\S+) \((\w+)\)$/.exec(String(headers.server)) ?? [];
  const components = name === 'Libpod' ? [{ Name: 'Podman Engine', Version: version }] : [];
  return readVersionAnswer({
    Version: version,
    ApiVersion: headers['api-version'],
    Os: os,
    Components: components,
  });
}

export function readInfoAnswer(answer: unknown): InfoAnswer | undefined {
  return infoAnswer.safeParse(answer).data;
}

/** The API version that both sides know. */
export function apiVersionOf({ ApiVersion, MinAPIVersion }: VersionAnswer): string {
  return agreeOnApi({ newest: ApiVersion, oldest: MinAPIVersion ?? undefined });
}

/** @param info - undefined where the engine does not give it, as behind a proxy that lets only container calls pass. */
export function describeEngine(
  version: VersionAnswer,
  info: InfoAnswer | undefined,
  apiVersion: string,
): Engine {
  const podman = version.Components?.find((component) => component.Name === 'Podman Engine');
  return {
    name: podman === undefined ? 'docker' : 'podman',
    version: version.Version ?? undefined,
    apiVersion,
    hostName: info?.Name ?? undefined,
    kernel: info?.KernelVersion ?? undefined,
    memoryBytes: info?.MemTotal ?? undefined,
    traits:
      podman === undefined
        ? dockerTraits(version.Os ?? undefined)
        : podmanTraits(podman.Version ?? '', info?.CgroupVersion ?? undefined),
  };
}

const noTraits: Traits = {
  hasFigures: false,
  kernelModeNanos: undefined,
  memory: undefined,
  network: undefined,
};

function dockerTraits(os: string | undefined): Traits {
  if (os === 'windows') return noTraits;
  return { hasFigures: true, kernelModeNanos: 1, memory: 'usage', network: 'unless_shared' };
}

/** @param version - where it is none, only what is certain of every version is believed. */
function podmanTraits(version: string, cgroups: string | undefined): Traits {
  if (!/^\d+\.\d+/.test(version)) return { ...noTraits, hasFigures: true };
  return {
    hasFigures: true,
    kernelModeNanos: podmanKernelModeNanos(version, cgroups),
    memory: podmanMemory(version, cgroups),
    network: podmanNetwork(version),
  };
}

/** On cgroup v2 the kernel-mode time is in microseconds, and the user-mode time is what such a difference makes of it. */
function podmanKernelModeNanos(version: string, cgroups: string | undefined): number | undefined {
  if (cgroups === '1') return 1;
  return cgroups === '2' && isOlder(version, '6.0') ? 1000 : undefined;
}

/** Since 5.6 Podman subtracts inactive page cache itself; before, it gave anonymous memory only, except on old cgroup v1. */
function podmanMemory(version: string, cgroups: string | undefined): Traits['memory'] {
  if (!isOlder(version, '5.6')) return 'working_set';
  return cgroups === '1' && isOlder(version, '4.7') ? 'usage' : undefined;
}

/** Zeros stood for what was not read until 5.0, and sent and received bytes were exchanged until 4.4. */
function podmanNetwork(version: string): Traits['network'] {
  if (!isOlder(version, '5.0')) return 'unless_shared';
  return isOlder(version, '4.4') ? undefined : 'on_bridges';
}
