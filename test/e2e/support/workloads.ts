import type { ContainerOptions } from './container.ts';

/** Burns half a CPU. */
export const halfCpu: ContainerOptions = { cpus: 0.5, command: ['sh', '-c', 'while :; do :; done'] };

/** Holds 32 MiB of memory and uses no CPU: a filled buffer that nobody takes. */
export const held32MiB: ContainerOptions = {
  memoryMiB: 64,
  command: ['sh', '-c', 'dd if=/dev/zero bs=32M count=1 | sleep 100000'],
};

/** Has written 16 MiB to a file and so holds as much page cache. */
export const cached16MiB: ContainerOptions = {
  command: ['sh', '-c', 'dd if=/dev/zero of=/file bs=1M count=16 && exec sleep 100000'],
};

/** Ends at once with exit code 3. */
export const exit3: ContainerOptions = { command: ['sh', '-c', 'exit 3'] };

/** Runs for a second, then wants more memory than it may have. */
export const killedForMemory: ContainerOptions = {
  memoryMiB: 16,
  command: ['sh', '-c', 'sleep 1; exec dd if=/dev/zero of=/dev/null bs=64M count=1'],
};

/** Passes its health check. */
export const healthy: ContainerOptions = { health: 'true', command: ['sleep', '100000'] };

/**
 * Reads 8 MiB from its disk and writes 16 MiB to it. A limit that it cannot reach makes the kernel count what it moves: without any,
 * cgroup v1 counts nothing.
 */
export function movesOverDisk(device: string): ContainerOptions {
  return {
    flags: [`--device-read-bps=${device}:8gb`, `--device-write-bps=${device}:8gb`],
    command: [
      'sh',
      '-c',
      'dd if=/dev/zero of=/file bs=1M count=16 oflag=direct && dd if=/file of=/dev/null bs=1M count=8 iflag=direct; exec sleep 100000',
    ],
  };
}

/** Sends about 20 kB to its gateway, and gets as much back. */
export function talksTo(gateway: string, network: string): ContainerOptions {
  return { network, command: ['sh', '-c', `ping -c 2 -s 10000 ${gateway}; exec sleep 100000`] };
}
