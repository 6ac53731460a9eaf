import * as z from 'zod';
import { type KernelFigures, kernelFiguresOf } from './cgroup.ts';
import { eventually } from './eventually.ts';

export interface ContainerOptions {
  readonly command: readonly string[];
  /** One of `addImage`; the busybox that every engine has when not given. */
  readonly image?: string;
  readonly name?: string;
  readonly cpus?: number;
  readonly memoryMiB?: number;
  /** A shell command, run every second. Podman has no timer here: it runs once. */
  readonly health?: string;
  /** A network of `network create`; none by default. */
  readonly network?: string;
  /** Further flags of `run`, which Docker and Podman share. */
  readonly flags?: readonly string[];
}

interface ContainerState {
  readonly status: string;
  readonly pid: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** undefined without a health check. */
  readonly health: string | undefined;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  /** What the engine says. */
  state(): Promise<ContainerState>;
  /** Waits until the engine says so. */
  until(what: string, holds: (state: ContainerState) => boolean): Promise<ContainerState>;
  /** What the kernel says, for a container that ran when it was made. */
  kernel(): KernelFigures;
  /** Removes it, running or not. */
  remove(): Promise<void>;
}

/** The part of an engine that a container is made from. */
export interface ContainerHost {
  get(path: string): Promise<unknown>;
  command(args: readonly string[]): Promise<string>;
}

const inspected = z.object({
  Name: z.string(),
  State: z.object({
    Status: z.string(),
    Pid: z.number(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
});

export async function runContainer(host: ContainerHost, args: readonly string[]): Promise<Container> {
  const id = await host.command(args);
  const inspect = async () => inspected.parse(await host.get(`/v1.41/containers/${id}/json`));
  const state = async (): Promise<ContainerState> => {
    const { State } = await inspect();
    const health = State.Health?.Status;
    return {
      status: State.Status,
      pid: State.Pid,
      exitCode: State.ExitCode,
      oomKilled: State.OOMKilled,
      health: health === '' || health === 'none' ? undefined : health,
    };
  };
  const { Name, State } = await inspect();
  const kernel = kernelReader(State.Pid);
  return {
    id,
    name: Name.replace(/^\//, ''),
    state,
    until: (what, holds) =>
      eventually(`container ${Name} ${what}`, async () => {
        const now = await state();
        return holds(now) ? now : undefined;
      }),
    kernel,
    remove: async () => {
      await host.command(['rm', '--force', id]);
    },
  };
}

function kernelReader(pid: number): () => KernelFigures {
  try {
    return kernelFiguresOf(pid);
  } catch (cause) {
    return () => {
      throw new Error('The container had ended before its cgroup could be found', { cause });
    };
  }
}
