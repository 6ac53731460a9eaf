import { exporter } from '../../src/catalog/exporter.ts';
import { collector } from '../../src/catalog/self.ts';
import { container, server } from '../../src/collectors/docker/metrics.ts';
import type { ContainerSample, ContainerState, ServerSample } from '../../src/collectors/docker/sample.ts';
import { type Row, toRow } from '../../src/metric/row.ts';
import { microsFromMs } from '../../src/metric/time.ts';

export const begin = new Date('2026-03-01T12:00:00Z');
export const minutes = 20;
export const end = at(minutes);

function at(minute: number): Date {
  return new Date(begin.getTime() + minute * 60_000);
}

const micros = (minute: number) => microsFromMs(at(minute).getTime());

const unknown: Omit<ContainerSample, 'serverId' | 'id' | 'name' | 'state'> = {
  imageName: 'busybox:1',
  imageId: undefined,
  agentId: undefined,
  recognizedBy: undefined,
  occurrenceId: undefined,
  template: undefined,
  mockLlm: undefined,
  labels: {},
  health: undefined,
  createdAt: undefined,
  startedAt: undefined,
  finishedAt: undefined,
  uptimeSeconds: undefined,
  cpuUserSeconds: undefined,
  cpuSystemSeconds: undefined,
  cpuCores: undefined,
  memoryUsageBytes: undefined,
  memoryWorkingSetBytes: undefined,
  memoryAvailableBytes: undefined,
  memoryLimitBytes: undefined,
  diskReadBytes: undefined,
  diskWriteBytes: undefined,
  networkReceiveBytes: undefined,
  networkTransmitBytes: undefined,
  pids: undefined,
  restarts: undefined,
  exitCode: undefined,
  oomKilled: false,
};

/** Burns half a core, receives 1000 bytes a second, and is started anew half a minute before the tenth. */
export function web(minute: number): ContainerSample {
  const startMinute = minute < 10 ? -60 : 9.5;
  const running = (minute - startMinute) * 60;
  return {
    ...unknown,
    serverId: 'a',
    id: 'web-id',
    name: 'web',
    agentId: 'datum',
    state: 'running',
    health: 'unhealthy',
    startedAt: micros(startMinute),
    uptimeSeconds: running,
    cpuUserSeconds: running * 0.4,
    cpuSystemSeconds: running * 0.1,
    cpuCores: 0.5,
    memoryWorkingSetBytes: 30_000_000,
    memoryLimitBytes: 40_000_000,
    networkReceiveBytes: running * 1000,
    networkTransmitBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: running * 10,
    pids: 3,
    restarts: 1,
  };
}

/** Was removed after the fifth minute. */
function gone(minute: number): ContainerSample {
  return {
    ...web(0),
    id: 'gone-id',
    name: 'gone',
    cpuUserSeconds: minute * 6,
    health: 'healthy',
    agentId: undefined,
  };
}

/** Replaced by another container of the same name after the fifth minute; uses a tenth of a core all the time. */
function replaced(minute: number): ContainerSample {
  const startMinute = minute <= 5 ? 0 : 5.25;
  return {
    ...unknown,
    serverId: 'a',
    id: minute <= 5 ? 'old-id' : 'new-id',
    name: 'replaced',
    state: 'running',
    startedAt: micros(startMinute),
    cpuUserSeconds: (minute - startMinute) * 6,
    cpuSystemSeconds: 0,
  };
}

const stopped: ContainerSample = {
  ...unknown,
  serverId: 'a',
  id: 'stopped-id',
  name: "o'stopped",
  state: 'exited',
  exitCode: 137,
  oomKilled: true,
};

function hosts(): readonly ServerSample[] {
  const none: Record<ContainerState, number> = {
    created: 0,
    running: 0,
    paused: 0,
    restarting: 0,
    removing: 0,
    exited: 0,
    dead: 0,
    unknown: 0,
  };
  const up = {
    serverId: 'a',
    up: true,
    errorType: undefined,
    engineName: 'docker',
    engineVersion: '1',
    apiVersion: '1.41',
    hostName: 'a',
    responseSeconds: 0.01,
    containers: { ...none, running: 2, exited: 1 },
  };
  const down = { ...up, serverId: 'b', up: false, responseSeconds: undefined, containers: undefined };
  return [up, down];
}

function self(minute: number, time: number): readonly Row[] {
  const instance = 'exporter-1';
  const processStart = micros(-5);
  return [
    toRow(
      collector,
      {
        instance,
        collector: 'docker',
        processStart,
        up: minute !== 3,
        errorType: undefined,
        durationSeconds: 0.02,
        failures: 0,
        problems: { timeout: 0, parse: 0, other: 0 },
        lastSuccessSeconds: undefined,
      },
      time,
    ),
    toRow(
      exporter,
      {
        instance,
        version: '0.1.0',
        processStart,
        snapshots: minute,
        skippedTicks: 0,
        snapshotSeconds: 0.05,
        snapshotRows: 5,
        droppedSeries: 0,
        delivery: undefined,
        cpuUserSeconds: (minute + 5) * 0.6,
        cpuSystemSeconds: (minute + 5) * 0.6,
        residentBytes: 70_000_000,
      },
      time,
    ),
  ];
}

/** Twenty minutes of two hosts, of which only one answers: one snapshot a minute. */
export function fleetRows(): readonly Row[] {
  return Array.from({ length: minutes + 1 }, (_, minute) => {
    const time = micros(minute);
    const containers = [web(minute), replaced(minute), stopped, ...(minute <= 5 ? [gone(minute)] : [])];
    return [
      ...containers.map((sample) => toRow(container, sample, time)),
      ...hosts().map((sample) => toRow(server, sample, time)),
      ...self(minute, time),
    ];
  }).flat();
}
