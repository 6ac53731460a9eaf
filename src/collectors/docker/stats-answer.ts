import { z } from 'zod';
import { type Micros, microsFromIso } from '../../metric/time.ts';
import type { DeviceTraffic } from './disk-figures.ts';
import { describeMismatch, parseJson } from './json.ts';
import type { Traffic } from './network-counts.ts';

/** The figures of one reading, as the engine gives them; a family that it does not give is undefined. */
export interface Stats {
  /** When they were read, by the engine's clock; undefined where it does not say. */
  readonly readAt: Micros | undefined;
  readonly cpu: CpuStats | undefined;
  readonly memory: MemoryStats | undefined;
  /** By block device. */
  readonly disk: readonly DeviceTraffic[];
  /** By name of interface. */
  readonly interfaces: Readonly<Record<string, Traffic>> | undefined;
  readonly pids: number | undefined;
  /** Families that could not be understood. */
  readonly problems: readonly string[];
}

export interface CpuStats {
  /** Nanoseconds. */
  readonly total: number;
  /** In the engine's unit. */
  readonly kernelMode: number | undefined;
  readonly userMode: number | undefined;
}

export interface MemoryStats {
  readonly usageBytes: number;
  /** Page cache that the kernel can drop at once; undefined where the engine gives no details. */
  readonly inactiveFileBytes: number | undefined;
  readonly limitBytes: number | undefined;
}

const timeText = z
  .string()
  .nullish()
  .refine((text) => !text || microsFromIso(text) !== undefined, 'it is no time');
const count = z.number().nonnegative();
// What falls below zero in an engine wraps around to 64 bits.
const nanos = count.lt(2 ** 63);
const bytes = z.int().nonnegative();

const cpuFamily = z
  .object({
    cpu_usage: z.object({
      total_usage: nanos,
      usage_in_kernelmode: nanos.nullish(),
      usage_in_usermode: nanos.nullish(),
    }),
  })
  .nullish();

const memoryFamily = z
  .object({
    usage: bytes.nullish(),
    limit: z.number().nullish(),
    stats: z.object({ total_inactive_file: count.nullish(), inactive_file: count.nullish() }).nullish(),
  })
  .nullish();

const diskEntry = z.object({ major: count.nullish(), minor: count.nullish(), op: z.string(), value: bytes });
const diskFamily = z.object({ io_service_bytes_recursive: z.array(diskEntry).nullish() }).nullish();

const networkFamily = z.record(z.string(), z.object({ rx_bytes: bytes, tx_bytes: bytes })).nullish();

const pidsFamily = z.object({ current: count.nullish() }).nullish();

const document = z.object({
  read: z.unknown().optional(),
  message: z.unknown().optional(),
  cpu_stats: z.unknown().optional(),
  memory_stats: z.unknown().optional(),
  blkio_stats: z.unknown().optional(),
  networks: z.unknown().optional(),
  pids_stats: z.unknown().optional(),
});

/**
 * `none` when the container does not run: engines then answer with nothing, with a name alone, or with zeros that
 * were read in the year 1. Undefined when it is no document of figures.
 */
export function readStats(body: string): Stats | 'none' | undefined {
  if (body === '') return 'none';
  const answer = document.safeParse(parseJson(body)).data;
  if (answer === undefined) return undefined;
  // An error may come with the status of success.
  if (answer.message !== undefined) return undefined;
  const problems: string[] = [];
  const family = <T>(name: string, schema: z.ZodType<T>, value: unknown): T | undefined => {
    const { data, error } = schema.safeParse(value);
    if (error !== undefined) problems.push(`${name} could not be read: ${describeMismatch(error)}`);
    return data;
  };
  const readAt = microsFromIso(family('the time of reading', timeText, answer.read) ?? '');
  if (readAt !== undefined && readAt <= 0) return 'none';
  const stats: Stats = {
    readAt,
    cpu: cpuOf(family('cpu_stats', cpuFamily, answer.cpu_stats)),
    memory: memoryOf(family('memory_stats', memoryFamily, answer.memory_stats)),
    disk: diskOf(family('blkio_stats', diskFamily, answer.blkio_stats)),
    interfaces: interfacesOf(family('networks', networkFamily, answer.networks)),
    pids: known(family('pids_stats', pidsFamily, answer.pids_stats)?.current),
    problems,
  };
  if ((stats.cpu ?? stats.memory ?? stats.pids) !== undefined) return stats;
  const rest = withoutZeros(stats);
  const isEmpty = rest.disk.length === 0 && rest.interfaces === undefined && problems.length === 0;
  return readAt === undefined && isEmpty ? 'none' : rest;
}

/** Of a container without a process other zeros too stand for what the engine could not read. */
function withoutZeros({ disk, interfaces = {}, ...stats }: Stats): Stats {
  const used = Object.entries(interfaces).filter(
    ([, { receiveBytes, transmitBytes }]) => receiveBytes + transmitBytes > 0,
  );
  return {
    ...stats,
    disk: disk.map(({ device, readBytes, writeBytes }) => ({
      device,
      readBytes: known(readBytes),
      writeBytes: known(writeBytes),
    })),
    interfaces: used.length === 0 ? undefined : Object.fromEntries(used),
  };
}

/** What runs has used CPU time and memory, and has a process: 0 stands for what the engine could not read. */
function known(figure: number | null | undefined): number | undefined {
  return figure === 0 ? undefined : (figure ?? undefined);
}

function cpuOf(family: z.infer<typeof cpuFamily>): CpuStats | undefined {
  const total = known(family?.cpu_usage.total_usage);
  if (total === undefined) return undefined;
  return {
    total,
    kernelMode: family?.cpu_usage.usage_in_kernelmode ?? undefined,
    userMode: family?.cpu_usage.usage_in_usermode ?? undefined,
  };
}

function memoryOf(family: z.infer<typeof memoryFamily>): MemoryStats | undefined {
  const usageBytes = known(family?.usage);
  if (usageBytes === undefined) return undefined;
  const stats = family?.stats;
  return {
    usageBytes,
    // On cgroup v1 the figure without "total" leaves out child groups.
    inactiveFileBytes: stats?.total_inactive_file ?? stats?.inactive_file ?? undefined,
    limitBytes: known(family?.limit),
  };
}

function diskOf(family: z.infer<typeof diskFamily>): Stats['disk'] {
  const entries = family?.io_service_bytes_recursive ?? [];
  const byDevice = Map.groupBy(entries, ({ major, minor }) => `${major ?? '?'}:${minor ?? '?'}`);
  return [...byDevice].map(([device, own]) => ({
    device,
    readBytes: bytesOf(own, 'read'),
    writeBytes: bytesOf(own, 'write'),
  }));
}

/** Operations other than these two count requests, or the same bytes a second time. */
function bytesOf(entries: readonly z.infer<typeof diskEntry>[], operation: string): number | undefined {
  const values = entries.filter(({ op }) => op.toLowerCase() === operation).map(({ value }) => value);
  return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);
}

function interfacesOf(family: z.infer<typeof networkFamily>): Stats['interfaces'] {
  if (!family) return undefined;
  const entries = Object.entries(family).map(([name, { rx_bytes, tx_bytes }]) => {
    const traffic: Traffic = { receiveBytes: rx_bytes, transmitBytes: tx_bytes };
    return [name, traffic] as const;
  });
  return Object.fromEntries(entries);
}
