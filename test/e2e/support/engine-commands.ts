import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { part } from './parts.ts';
import type { ProgramOptions } from './program.ts';

/** How an engine is started and spoken to. */
export interface EngineCommands {
  readonly daemon: ProgramOptions;
  /** The engine's command line without a subcommand. */
  readonly client: ProgramOptions;
  /** What every `run` of a container needs on this machine. */
  readonly runFlags: readonly string[];
}

// A container that ignores SIGTERM costs a second, not ten.
const runFlags = ['--stop-timeout=1'];

export interface DockerPlace {
  readonly folder: string;
  readonly socketPath: string;
  /** Further ones of the daemon. */
  readonly flags: readonly string[];
}

export function dockerCommands(
  kind: 'docker-20.10' | 'docker-newest',
  { folder, socketPath, flags }: DockerPlace,
): EngineCommands {
  const dockerd = part(kind);
  return {
    daemon: {
      command: dockerd,
      args: [
        `--data-root=${join(folder, 'data')}`,
        `--exec-root=${join(folder, 'exec')}`,
        `--pidfile=${join(folder, 'pid')}`,
        `--host=unix://${socketPath}`,
        // One host has one docker0, so engines that run side by side do without.
        '--bridge=none',
        '--iptables=false',
        '--ip6tables=false',
        ...flags,
      ],
      // dockerd finds containerd, its shim and runc through PATH: those that lie beside it belong to it.
      env: { ...process.env, PATH: `${dirname(dockerd)}:${process.env.PATH}` },
      deathSignal: 'SIGTERM',
    },
    client: { command: part('docker'), args: [`--host=unix://${socketPath}`], cwd: folder },
    runFlags,
  };
}

export function podmanCommands(folder: string, socketPath: string): EngineCommands {
  const args = [
    `--root=${join(folder, 'root')}`,
    `--runroot=${join(folder, 'run')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
    // crun refuses a machine that mounts cgroup v1 and v2 side by side.
    '--runtime=runc',
    '--cgroup-manager=cgroupfs',
    '--events-backend=file',
  ];
  const command = part('podman');
  // By default every Podman of a machine has its locks in the same shared memory, and each that starts begins them anew.
  const settings = join(folder, 'containers.conf');
  writeFileSync(settings, '[engine]\nlock_type = "file"\n');
  // Without systemd there is no timer for health checks: the harness runs them.
  const env = { ...process.env, CONTAINERS_CONF: settings, DISABLE_HC_SYSTEMD: 'true' };
  return {
    daemon: { command, args: [...args, 'system', 'service', '--time=0', `unix://${socketPath}`], env },
    // Its conmon leaves a file named "oom" in the folder it was started from.
    client: { command, args, env, cwd: folder },
    // Podman's containers outlive its service, and a test that died cannot stop them.
    runFlags: [...runFlags, '--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024', '--timeout=900'],
  };
}
