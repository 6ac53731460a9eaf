import { readdirSync, readFileSync } from 'node:fs';

/** Every Linux that Node runs on counts in these. */
const ticksPerSecond = 100;

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its own time and that of its children that have ended. */
  readonly cpuSeconds: number;
}

/** What a group of processes has used so far; what has ended counts in its parent. */
export function cpuSecondsOf(pids: ReadonlySet<number>): number {
  return processes()
    .filter(({ pid }) => pids.has(pid))
    .reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** The children of a process and theirs. */
export function descendantsOf(pid: number): ReadonlySet<number> {
  const all = processes();
  const found = new Set<number>();
  const queue = [pid];
  for (const parent of queue) {
    for (const child of all.filter((candidate) => candidate.parent === parent)) {
      found.add(child.pid);
      queue.push(child.pid);
    }
  }
  return found;
}

/** The processes whose command line holds this text. */
export function processesNaming(text: string): ReadonlySet<number> {
  return new Set(processes().flatMap(({ pid }) => (readOf(pid, 'cmdline').includes(text) ? [pid] : [])));
}

export function residentBytesOf(pid: number): number {
  return kilobytes(readOf(pid, 'status'), 'VmRSS') * 1024;
}

/** Memory of processes that share some of it: each page counts once. */
export function proportionalBytesOf(pids: ReadonlySet<number>): number {
  return [...pids].reduce((sum, pid) => sum + kilobytes(readOf(pid, 'smaps_rollup'), 'Pss') * 1024, 0);
}

function processes(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readOf(Number(name), 'stat');
      // The command's name, in parentheses, may itself hold spaces and parentheses.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      return stat === ''
        ? []
        : [{ pid: Number(name), parent: Number(fields[1]), cpuSeconds: ticks / ticksPerSecond }];
    });
}

/** Empty for a process that has ended. */
function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
}
