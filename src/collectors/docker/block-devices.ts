import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';

/** What tells a machine from others, and where its kernel shows its devices. */
export interface Machine {
  readonly kernel: string;
  readonly memoryBytes: number;
  /** `/sys`, or what stands for it. */
  readonly sysPath: string;
}

export function thisMachine(): Machine {
  return { kernel: release(), memoryBytes: totalmem(), sysPath: '/sys' };
}

/** Undefined where the engine's devices are not those of this machine, as far as that can be told. */
export function devicesOf(engine: Engine, endpoint: Endpoint, machine: Machine): BlockDevices | undefined {
  const isHere =
    endpoint.kind === 'unix' &&
    engine.kernel === machine.kernel &&
    engine.memoryBytes === machine.memoryBytes;
  return isHere ? new BlockDevices(machine.sysPath, engine.name) : undefined;
}

/**
 * The block devices of this machine, by number, such as `259:0`, and how they stand on each other: volumes and encryption on disks,
 * RAID on several. Read at once and synchronously: `/sys` is memory, and waits neither for a disk nor for a thread that one holds.
 */
export class BlockDevices {
  readonly #root: string;
  readonly #engineName: Engine['name'];
  readonly #below = new Map<string, ReadonlySet<string>>();

  constructor(sysPath: string, engineName: Engine['name']) {
    this.#root = join(sysPath, 'dev', 'block');
    this.#engineName = engineName;
  }

  /** The kernel's number of a device, which most versions of Podman turn round; undefined where it is not certain. */
  numberOf(device: string): string | undefined {
    const numbers = this.#engineName === 'podman' ? [device, turnedRound(device)] : [device];
    const known = [...new Set(numbers)].filter((number) => existsSync(join(this.#root, number)));
    return known.length === 1 ? known[0] : undefined;
  }

  /** All devices that one stands on, down to the disks. */
  below(number: string): ReadonlySet<string> {
    const known = this.#below.get(number);
    if (known !== undefined) return known;
    const direct = this.#directlyBelow(number);
    const found = new Set([...direct, ...direct.flatMap((each) => [...this.below(each)])]);
    this.#below.set(number, found);
    return found;
  }

  #directlyBelow(number: string): readonly string[] {
    const folder = join(this.#root, number, 'slaves');
    try {
      return readdirSync(folder).map((name) => diskNumber(join(folder, name)));
    } catch {
      return [];
    }
  }
}

const turnedRound = (device: string): string => device.split(':').reverse().join(':');

/** Of a partition that of its disk: the kernel counts what goes through partitions as their disk's. */
function diskNumber(link: string): string {
  const path = realpathSync(link);
  const disk = existsSync(join(path, 'partition')) ? dirname(path) : path;
  return readFileSync(join(disk, 'dev'), 'utf8').trim();
}
