import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Container, type ContainerOptions, runContainer } from './container.ts';
import { dockerCommands, podmanCommands } from './engine-commands.ts';
import { eventually } from './eventually.ts';
import { makeFolder, removeFolder, untilUnused } from './folder.ts';
import { writeBusyboxImage } from './image.ts';
import { succeed } from './program.ts';
import { type Service, startService } from './service.ts';
import { getOverSocket } from './unix-http.ts';

export const engineKinds = ['docker-20.10', 'docker-newest', 'podman'] as const;
export type EngineKind = (typeof engineKinds)[number];

const onlyImage = 'busybox:e2e';

/**
 * A container engine that keeps all in a folder of its own. `stop` removes its containers.
 * On `halt` and `kill9`: Docker ends its containers at the next start at the latest, those of Podman run on.
 */
export interface Engine extends Service {
  readonly kind: EngineKind;
  readonly socketPath: string;
  /** As DOCKER_HOST takes it. */
  readonly host: string;
  /** The image of every container: a static busybox. */
  readonly image: string;
  /** What the engine's HTTP API answers to a GET, such as `/version`. */
  get(path: string): Promise<unknown>;
  /** The output of the engine's own command line; rejects when that fails. */
  command(args: readonly string[]): Promise<string>;
  run(options: ContainerOptions): Promise<Container>;
  /** Makes an image of its own, with an id of its own, that holds the same. */
  addImage(name: string): Promise<void>;
}

/** @param flags - further ones of Docker's daemon, such as those of a second address. */
export async function startEngine(kind: EngineKind, flags: readonly string[] = []): Promise<Engine> {
  const folder = await makeFolder(kind);
  const socketPath = join(folder, 's');
  const commands =
    kind === 'podman'
      ? podmanCommands(folder, socketPath)
      : dockerCommands(kind, { folder, socketPath, flags });
  const get = (path: string) => getOverSocket(socketPath, path);
  const command = (args: readonly string[]) =>
    succeed({ ...commands.client, args: [...commands.client.args, ...args] });
  const service = await startService({
    ...commands.daemon,
    name: kind,
    // A killed dockerd takes its containerd along, but believes it alive as long as nobody has reaped it.
    prepare: () => rm(join(folder, 'exec/containerd/containerd.pid'), { force: true }),
    ready: () => eventually(`${kind} answers on ${socketPath}`, () => get('/version')),
    beforeStop: async () => {
      const ids = await command(['ps', '--all', '--quiet', '--no-trunc']);
      if (ids !== '') await command(['rm', '--force', ...ids.split('\n')]);
      // Their bridges are the host's and would outlive the engine.
      if (kind !== 'podman') await command(['network', 'prune', '--force']);
    },
    cleanup: async () => {
      if (kind === 'podman') await untilUnused(folder);
      await removeFolder(folder);
    },
  });
  const archive = join(folder, 'image.tar');
  try {
    await writeBusyboxImage(folder, archive);
    await command(['import', archive, onlyImage]);
  } catch (error) {
    await service.stop();
    throw error;
  }
  const run = async (options: ContainerOptions) => {
    const container = await runContainer({ get, command }, [
      'run',
      '--detach',
      ...commands.runFlags,
      ...runArgs(options),
    ]);
    if (kind === 'podman' && options.health !== undefined)
      await command(['healthcheck', 'run', container.id]);
    return container;
  };
  const addImage = async (name: string) => {
    await command(['import', `--change=LABEL name=${name}`, archive, name]);
  };
  // What a killed one left behind may stand in the way of the next one for a moment.
  const restart = async () => {
    await eventually(`${kind} is back`, () => service.restart().then(() => true));
  };
  return {
    ...service,
    restart,
    addImage,
    kind,
    socketPath,
    host: `unix://${socketPath}`,
    image: onlyImage,
    get,
    command,
    run,
  };
}

function runArgs(options: ContainerOptions): readonly string[] {
  const { command, image = onlyImage, name, cpus, memoryMiB, health, network = 'none', flags = [] } = options;
  return [
    `--network=${network}`,
    ...(name === undefined ? [] : [`--name=${name}`]),
    ...(cpus === undefined ? [] : [`--cpus=${cpus}`]),
    // The same limit for memory and swap: a container that wants more is killed, not swapped out.
    ...(memoryMiB === undefined ? [] : [`--memory=${memoryMiB}m`, `--memory-swap=${memoryMiB}m`]),
    ...(health === undefined ? [] : [`--health-cmd=${health}`, '--health-interval=1s']),
    ...flags,
    image,
    ...command,
  ];
}
