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
