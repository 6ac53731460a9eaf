import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the kernel itself counts for one container: its cgroup, its network namespace, its first process. */
export interface KernelFigures {
  readonly cpuSeconds: number;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly memoryUsageBytes: number;
  /** The part of the usage that the kernel can take back at once. */
  readonly inactiveFileBytes: number;
  /** undefined when there is no limit. */
  readonly memoryLimitBytes: number | undefined;
  readonly pids: number;
  /** undefined when the kernel does not count this cgroup's blocks: it does from the first throttled I/O of a device on. */
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
  /** Over all interfaces except the loopback. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly uptimeSeconds: number;
}

// cgroup v1 counts in ticks of the user interface, and so does /proc/PID/stat: 100 a second on every Linux that Node runs on.
const ticksPerSecond = 100;
// cgroup v1 writes "no limit" as the largest page-aligned number.
const noLimit = 2 ** 62;

/**
 * Reads of the cgroup v1 files of a process's container; each call reads them anew, at one moment.
 * The paths are looked up now, so that figures can be read until the cgroup is gone.
 */
export function kernelFiguresOf(pid: number): () => KernelFigures {
  const folders = cgroupFolders(pid);
  const startTicks = Number(statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))[19]);
  const read = (controller: string, file: string): string => {
    const folder = folders.get(controller);
    if (folder === undefined)
      throw new Error(`No cgroup v1 controller ${controller} here; the figures of cgroup v2 are not read`);
    return readFileSync(join(folder, file), 'utf8');
  };
  return () => {
    const cpu = words(read('cpuacct', 'cpuacct.stat'));
    const memory = words(read('memory', 'memory.stat'));
    const limit = Number(read('memory', 'memory.limit_in_bytes'));
    const blocks = read('blkio', 'blkio.throttle.io_service_bytes_recursive');
    const machineUptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    return {
      cpuSeconds: Number(read('cpuacct', 'cpuacct.usage')) / 1e9,
      cpuUserSeconds: figure(cpu, 'user') / ticksPerSecond,
      cpuSystemSeconds: figure(cpu, 'system') / ticksPerSecond,
      memoryUsageBytes: Number(read('memory', 'memory.usage_in_bytes')),
      inactiveFileBytes: figure(memory, 'total_inactive_file'),
      memoryLimitBytes: limit < noLimit ? limit : undefined,
      pids: Number(read('pids', 'pids.current')),
      readBytes: blockBytes(blocks, 'Read'),
      writtenBytes: blockBytes(blocks, 'Write'),
      ...networkBytes(readFileSync(`/proc/${pid}/net/dev`, 'utf8')),
      uptimeSeconds: machineUptime - startTicks / ticksPerSecond,
    };
  };
}

function cgroupFolders(pid: number): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')) {
    const [, controllers = '', path = ''] = line.split(':');
    for (const controller of controllers.split(',')) {
      folders.set(controller, join('/sys/fs/cgroup', controllers, path));
    }
  }
  return folders;
}

/** The fields after the command's name, which may itself hold spaces and parentheses. */
function statFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function words(file: string): ReadonlyMap<string, number> {
  const pairs = file
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return new Map(pairs.map(([name = '', value]) => [name, Number(value)]));
}

function figure(figures: ReadonlyMap<string, number>, name: string): number {
  const value = figures.get(name);
  if (value === undefined) throw new Error(`The kernel's file has no ${name}`);
  return value;
}

/** Lines are "major:minor Operation bytes", one for each device. */
function blockBytes(file: string, operation: 'Read' | 'Write'): number | undefined {
  const lines = file.split('\n').map((line) => line.split(' '));
  const counts = lines.filter(([, name]) => name === operation).map(([, , bytes]) => Number(bytes));
  return counts.length === 0 ? undefined : counts.reduce((sum, bytes) => sum + bytes, 0);
}

/** Lines are "interface: " and 16 figures: the first is received bytes, the ninth sent bytes. */
function networkBytes(file: string): Pick<KernelFigures, 'receivedBytes' | 'sentBytes'> {
  const interfaces = file.split('\n').flatMap((line) => {
    const [name = '', figures] = line.split(':');
    return figures === undefined || name.trim() === 'lo' ? [] : [figures.trim().split(/ +/)];
  });
  const sum = (field: number) => interfaces.reduce((total, figures) => total + Number(figures[field]), 0);
  return { receivedBytes: sum(0), sentBytes: sum(8) };
}
