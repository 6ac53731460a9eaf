import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BlockDevices } from '../../../src/collectors/docker/block-devices.ts';
import { type DiskCounts, diskCountsAfter, diskTotalOf } from '../../../src/collectors/docker/disk-counts.ts';
import { type DeviceTraffic, stackFiguresOf } from '../../../src/collectors/docker/disk-figures.ts';
import { createDockerCollector } from '../../../src/collectors/docker/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { FakeEngine } from './fake-engine.ts';
import { collectNow, containersOf, fleet } from './support.ts';

interface Device {
  readonly name: string;
  readonly number: string;
  /** Names of what it stands on. */
  readonly on?: readonly string[];
  /** The disk that it is a part of. */
  readonly disk?: string;
}

/** A folder laid out as `/sys` is, as far as block devices go. */
async function sysWith(devices: readonly Device[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sys-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const pathOf = (name: string): string => {
    const { disk } = devices.find((each) => each.name === name) ?? {};
    return disk === undefined ? join(root, 'devices', name) : join(root, 'devices', disk, name);
  };
  await mkdir(join(root, 'dev', 'block'), { recursive: true });
  for (const { name, number, on = [], disk } of devices) {
    await mkdir(join(pathOf(name), 'slaves'), { recursive: true });
    await writeFile(join(pathOf(name), 'dev'), `${number}\n`);
    if (disk !== undefined) await writeFile(join(pathOf(name), 'partition'), '1\n');
    await symlink(pathOf(name), join(root, 'dev', 'block', number));
    for (const lower of on) await symlink(pathOf(lower), join(pathOf(name), 'slaves', lower));
  }
  return root;
}

const through = (device: string, readBytes: number, writeBytes: number): DeviceTraffic => ({
  device,
  readBytes,
  writeBytes,
});

/** One volume on a partition of a disk, as installers lay it out. */
const volume: readonly Device[] = [
  { name: 'sda', number: '8:0' },
  { name: 'sda3', number: '8:3', disk: 'sda' },
  { name: 'dm-0', number: '253:0', on: ['sda3'] },
];

/** Volumes on a RAID of two disks, one of which also has a file system of its own. */
const raid: readonly Device[] = [
  { name: 'nvme0n1', number: '259:0' },
  { name: 'nvme0n1p2', number: '259:2', disk: 'nvme0n1' },
  { name: 'nvme1n1', number: '259:3' },
  { name: 'md0', number: '9:0', on: ['nvme0n1p2', 'nvme1n1'] },
  { name: 'dm-1', number: '253:1', on: ['md0'] },
];

const diskFiguresOf = (...[traffic, devices]: Parameters<typeof stackFiguresOf>) =>
  diskTotalOf(diskCountsAfter(undefined, stackFiguresOf(traffic, devices)));

describe('figures of disks', () => {
  it('are the sum over disks', () => {
    const traffic = [through('8:0', 1, 2), through('8:16', 10, 20)];
    expect(diskFiguresOf(traffic, undefined)).toEqual({ readBytes: 11, writeBytes: 22 });
  });

  it('are not known where the engine says nothing of them', () => {
    const nothing = { readBytes: undefined, writeBytes: undefined };
    expect(diskFiguresOf([], undefined)).toEqual(nothing);
    const unsaid = { device: '8:0', readBytes: 5, writeBytes: undefined };
    expect(diskFiguresOf([unsaid], undefined)).toEqual({ readBytes: 5, writeBytes: undefined });
  });

  it('are not those of a volume and of its disk', async () => {
    const devices = new BlockDevices(await sysWith(volume), 'docker');
    const traffic = [through('253:0', 5000, 7000), through('8:0', 5000, 7000), through('8:16', 1, 2)];
    expect(diskFiguresOf(traffic, devices)).toEqual({ readBytes: 5001, writeBytes: 7002 });
  });

  it('have what goes to a disk beside its volume', async () => {
    const devices = new BlockDevices(await sysWith(volume), 'docker');
    const traffic = [through('253:0', 5000, 7000), through('8:0', 5300, 7000)];
    expect(diskFiguresOf(traffic, devices)).toEqual({ readBytes: 5300, writeBytes: 7000 });
  });

  it('are told once of three levels, whatever their order', async () => {
    const devices = new BlockDevices(await sysWith(raid), 'docker');
    const traffic = [
      through('259:0', 4000, 500),
      through('253:1', 8000, 1000),
      through('259:3', 4000, 500),
      through('9:0', 8000, 1000),
    ];
    expect(diskFiguresOf(traffic, devices)).toEqual({ readBytes: 8000, writeBytes: 1000 });
    expect(diskFiguresOf(traffic.toReversed(), devices)).toEqual({ readBytes: 8000, writeBytes: 1000 });
  });

  it('are those of the top where the kernel does not know for whom the disks are written to', async () => {
    const devices = new BlockDevices(await sysWith(raid), 'docker');
    const traffic = [through('9:0', 8000, 1000), through('259:0', 4000, 0), through('259:3', 4000, 0)];
    expect(diskFiguresOf(traffic, devices)).toEqual({ readBytes: 8000, writeBytes: 1000 });
  });

  it('know the devices of an engine that turns their numbers round', async () => {
    const sys = await sysWith(volume);
    const traffic = [through('0:253', 5000, 7000), through('0:8', 5000, 7000)];
    const once = { readBytes: 5000, writeBytes: 7000 };
    expect(diskFiguresOf(traffic, new BlockDevices(sys, 'podman'))).toEqual(once);
    const right = [through('253:0', 5000, 7000), through('8:0', 5000, 7000)];
    expect(diskFiguresOf(right, new BlockDevices(sys, 'podman'))).toEqual(once);
  });

  it('take devices that nothing is known of for disks', async () => {
    const devices = new BlockDevices(await sysWith([]), 'docker');
    const traffic = [through('253:0', 1, 2), through('8:0', 1, 2)];
    expect(diskFiguresOf(traffic, devices)).toEqual({ readBytes: 2, writeBytes: 4 });
  });
});

describe('what went through disks in one run', () => {
  const totalAfter = (...readings: (readonly DeviceTraffic[])[]) =>
    diskTotalOf(
      readings.reduce<DiskCounts>(
        (counts, traffic) => diskCountsAfter(counts, stackFiguresOf(traffic, undefined)),
        [],
      ),
    );
  const sda = through('8:0', 10, 20);

  it('stays counted when one of them is taken away', () => {
    const after = totalAfter([sda, through('8:16', 5, 7)], [through('8:0', 11, 20)]);
    expect(after).toEqual({ readBytes: 16, writeBytes: 27 });
  });

  it('stays counted when another comes under its number', () => {
    const after = totalAfter([sda, through('8:16', 5, 7)], [sda, through('8:16', 1, 7)]);
    expect(after).toEqual({ readBytes: 16, writeBytes: 34 });
  });

  it('is counted once when one was left out of a reading', () => {
    const both = [sda, through('8:16', 5, 7)];
    expect(totalAfter(both, [sda], both)).toEqual({ readBytes: 15, writeBytes: 27 });
    expect(totalAfter(both, [], both)).toEqual({ readBytes: 15, writeBytes: 27 });
  });

  it('is counted once when the engine numbers them otherwise', () => {
    const both = [sda, through('259:3', 5, 7)];
    const turned = [through('0:8', 11, 20), through('3:259', 5, 8)];
    expect(totalAfter(both, turned)).toEqual({ readBytes: 16, writeBytes: 28 });
  });

  it('is counted once when a volume is taken off its disk', async () => {
    const devices = new BlockDevices(await sysWith(volume), 'docker');
    const [both, disk] = [[through('253:0', 9, 9), sda], [through('8:0', 12, 20)]];
    const counts = diskCountsAfter(undefined, stackFiguresOf(both, devices));
    expect(diskTotalOf(diskCountsAfter(counts, stackFiguresOf(disk, devices)))).toEqual({
      readBytes: 12,
      writeBytes: 20,
    });
  });
});

describe('a container on a volume', () => {
  const entries = ['253:0', '8:0'].flatMap((device) => {
    const [major, minor] = device.split(':').map(Number);
    return [
      { major, minor, op: 'read', value: 4096 },
      { major, minor, op: 'write', value: 8192 },
    ];
  });
  const figures = () => ({
    body: {
      read: new Date().toISOString(),
      memory_stats: { usage: 6e8 },
      blkio_stats: { io_service_bytes_recursive: entries },
    },
  });

  /** What is shown of a machine with such a kernel and so much memory. */
  async function shownOn(machine: { readonly kernel: string; readonly memoryBytes: number }) {
    const answer = fleet({ size: 1, figures });
    const info = { Name: 'host-a', MemTotal: 16e9, CgroupVersion: '2', KernelVersion: '6.8.0-49-generic' };
    const engine = await FakeEngine.start((request) =>
      request.path === '/info' ? { body: info } : answer(request),
    );
    onTestFinished(() => engine.stop());
    const sysPath = await sysWith(volume);
    const collector = createDockerCollector(
      { dockerHost: engine.host },
      { clock: systemClock, logger: silentLogger, machine: { ...machine, sysPath } },
    );
    onTestFinished(() => collector.close());
    const [container] = containersOf(await collectNow(collector));
    return { read: container?.values.diskRead, write: container?.values.diskWrite };
  }

  it('shows what went through it once, where the engine runs on this machine', async () => {
    const here = { kernel: '6.8.0-49-generic', memoryBytes: 16e9 };
    expect(await shownOn(here)).toEqual({ read: 4096, write: 8192 });
  });

  it.each([
    ['another kernel', { kernel: '6.1.0-28-amd64', memoryBytes: 16e9 }],
    ['other memory', { kernel: '6.8.0-49-generic', memoryBytes: 8e9 }],
  ])('believes nothing of this machine where the engine has %s', async (_, machine) => {
    expect(await shownOn(machine)).toEqual({ read: 8192, write: 16384 });
  });
});
