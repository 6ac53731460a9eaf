import { container, server } from '../../../src/collectors/docker/metrics.ts';
import {
  type ContainerSample,
  containerStates,
  healthStates,
} from '../../../src/collectors/docker/sample.ts';
import { type Row, toRow } from '../../../src/metric/row.ts';
import type { Micros } from '../../../src/metric/time.ts';
import { createRandom, type Random } from './random.ts';

const servers = 3;

/** The rows of a snapshot of so many containers, the same for the same time; figures, states and facts all change. */
export function loadRows(time: Micros, containers: number): readonly Row[] {
  const random = createRandom(time % 2 ** 32);
  const rows = Array.from({ length: containers }, (_, index) =>
    toRow(container, containerAt(index, time, random), time),
  );
  return [...rows, ...Array.from({ length: servers }, (_, index) => serverRow(index, time, random))];
}

function containerAt(index: number, time: Micros, random: Random): ContainerSample {
  const sometimes = <T>(value: T): T | undefined => (random.next() < 0.1 ? undefined : value);
  const seconds = time / 1e6;
  const startedAt = time - (time % 60e6);
  return {
    serverId: `server-${index % servers}`,
    id: `container-${index}`,
    name: sometimes(`name-${index}`),
    imageName: `image:${random.below(3)}`,
    imageId: undefined,
    agentId: sometimes(`agent-${index}`),
    recognizedBy: 'label',
    occurrenceId: undefined,
    template: undefined,
    mockLlm: undefined,
    labels: random.next() < 0.5 ? {} : { 'com.docker.compose.service': `größer "${random.below(5)}" \\` },
    state: sometimes(random.pick(containerStates)),
    health: sometimes(random.pick(healthStates)),
    createdAt: startedAt,
    startedAt,
    finishedAt: undefined,
    uptimeSeconds: sometimes((time - startedAt) / 1e6),
    restarts: random.below(10),
    exitCode: sometimes(random.below(256)),
    oomKilled: random.next() < 0.5,
    cpuUserSeconds: sometimes((seconds % 60) * random.next()),
    cpuSystemSeconds: sometimes(random.next()),
    cpuCores: sometimes(random.next() * 4),
    memoryUsageBytes: sometimes(random.below(2 ** 32) * 2 ** 20),
    memoryWorkingSetBytes: sometimes(random.below(2 ** 32)),
    memoryAvailableBytes: sometimes(random.below(2 ** 32)),
    memoryLimitBytes: 2 ** 40,
    diskReadBytes: sometimes(random.below(2 ** 32) * 2 ** 21),
    diskWriteBytes: 0,
    networkReceiveBytes: Number.MAX_SAFE_INTEGER - random.below(100),
    networkTransmitBytes: sometimes(random.below(2 ** 32)),
    pids: sometimes(random.below(1000)),
  };
}

function serverRow(index: number, time: Micros, random: Random): Row {
  const up = random.next() < 0.8;
  const sample = {
    serverId: `server-${index}`,
    up,
    errorType: up ? undefined : 'timeout',
    engineName: 'docker',
    engineVersion: `${random.below(3)}`,
    apiVersion: '1.41',
    hostName: `host-${index}`,
    responseSeconds: up ? random.next() : undefined,
    containers: undefined,
  };
  return toRow(server, sample, time);
}
