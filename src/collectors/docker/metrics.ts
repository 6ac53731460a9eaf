import { entityOf } from '../../metric/define.ts';
import type { Micros } from '../../metric/time.ts';
import {
  type ContainerSample,
  type ContainerState,
  containerStates,
  healthStates,
  type ServerSample,
} from './sample.ts';

const ofContainer = entityOf<ContainerSample>();

const seconds = (time: Micros | undefined): number | undefined =>
  time === undefined ? undefined : time / 1e6;
const { counter, updowncounter, gauge, stateset } = ofContainer;

/** A container of a Docker-compatible engine, running or not. Only running ones have resource figures. */
export const container = ofContainer.entity({
  name: 'container',
  brief: 'A container of a Docker-compatible engine, running or not.',
  identity: {
    'ciris.server.id': { brief: 'The host whose engine runs the container.', read: (c) => c.serverId },
    'container.id': { brief: 'Full container id.', read: (c) => c.id },
  },
  info: {
    'container.name': { brief: 'Container name, without its leading slash.', read: (c) => c.name },
    'container.image.name': {
      brief: 'Image as it was asked for: tag or digest form.',
      read: (c) => c.imageName,
    },
    'container.image.id': { brief: 'Id of the image.', read: (c) => c.imageId },
    'ciris.agent.id': { brief: 'CIRIS agent that the container runs.', read: (c) => c.agentId },
    'ciris.agent.occurrence.id': { brief: 'Occurrence of that agent.', read: (c) => c.occurrenceId },
    'ciris.agent.recognized_by': {
      brief: 'What the agent is known by: environment, label or name of the container.',
      read: (c) => c.recognizedBy,
    },
    'ciris.agent.template': { brief: 'Template that the agent is told to use.', read: (c) => c.template },
    'ciris.agent.mock_llm': {
      brief:
        'Whether the agent is told to talk to a mock LLM: true or false; absent where it is told nothing.',
      read: (c) => c.mockLlm?.toString(),
    },
  },
  infoMaps: {
    'container.label.': {
      brief: 'Container labels on the allow-list.',
      column: 'labels',
      read: (c) => c.labels,
    },
  },
  start: (c) => c.startedAt,
  metrics: {
    cpuTimeUser: counter({
      name: 'container.cpu.time',
      with: { 'cpu.mode': 'user' },
      unit: 's',
      value: 'double',
      brief: 'CPU time consumed since the container started.',
      read: (c) => c.cpuUserSeconds,
    }),
    cpuTimeSystem: counter({
      name: 'container.cpu.time',
      with: { 'cpu.mode': 'system' },
      unit: 's',
      value: 'double',
      brief: 'CPU time consumed since the container started.',
      read: (c) => c.cpuSystemSeconds,
    }),
    cpuUsage: gauge({
      name: 'container.cpu.usage',
      unit: '{cpu}',
      value: 'double',
      brief: 'Cores in use on average since the previous snapshot.',
      read: (c) => c.cpuCores,
    }),
    memoryUsage: updowncounter({
      name: 'container.memory.usage',
      unit: 'By',
      value: 'int',
      brief: 'Memory charged to the container, page cache included.',
      read: (c) => c.memoryUsageBytes,
    }),
    memoryWorkingSet: updowncounter({
      name: 'container.memory.working_set',
      unit: 'By',
      value: 'int',
      brief: 'Memory in use less the page cache that the kernel can drop at once.',
      read: (c) => c.memoryWorkingSetBytes,
    }),
    memoryAvailable: updowncounter({
      name: 'container.memory.available',
      unit: 'By',
      value: 'int',
      brief: 'Memory limit less the working set; absent without a limit.',
      read: (c) => c.memoryAvailableBytes,
    }),
    memoryLimit: updowncounter({
      name: 'ciris.container.memory.limit',
      unit: 'By',
      value: 'int',
      brief: 'Memory limit of the container; absent without one.',
      read: (c) => c.memoryLimitBytes,
    }),
    diskRead: counter({
      name: 'container.disk.io',
      with: { 'disk.io.direction': 'read' },
      unit: 'By',
      value: 'int',
      brief: 'Bytes moved to and from block devices since the container started.',
      read: (c) => c.diskReadBytes,
    }),
    diskWrite: counter({
      name: 'container.disk.io',
      with: { 'disk.io.direction': 'write' },
      unit: 'By',
      value: 'int',
      brief: 'Bytes moved to and from block devices since the container started.',
      read: (c) => c.diskWriteBytes,
    }),
    networkReceive: counter({
      name: 'container.network.io',
      with: { 'network.io.direction': 'receive' },
      unit: 'By',
      value: 'int',
      brief: "Bytes over the container's own network interfaces since it started.",
      read: (c) => c.networkReceiveBytes,
    }),
    networkTransmit: counter({
      name: 'container.network.io',
      with: { 'network.io.direction': 'transmit' },
      unit: 'By',
      value: 'int',
      brief: "Bytes over the container's own network interfaces since it started.",
      read: (c) => c.networkTransmitBytes,
    }),
    createdAt: gauge({
      name: 'ciris.container.created_at',
      unit: 's',
      value: 'double',
      brief: 'When the container was created, as seconds since the epoch.',
      read: (c) => seconds(c.createdAt),
    }),
    startedAt: gauge({
      name: 'ciris.container.started_at',
      unit: 's',
      value: 'double',
      brief: 'When the container last started, as seconds since the epoch; absent where it never did.',
      read: (c) => seconds(c.startedAt),
    }),
    finishedAt: gauge({
      name: 'ciris.container.finished_at',
      unit: 's',
      value: 'double',
      brief: 'When the container last ended, as seconds since the epoch; absent where it never did.',
      read: (c) => seconds(c.finishedAt),
    }),
    uptime: gauge({
      name: 'container.uptime',
      unit: 's',
      value: 'double',
      brief: 'Time since the container last started, while it runs.',
      read: (c) => c.uptimeSeconds,
    }),
    pids: updowncounter({
      name: 'ciris.container.pids',
      unit: '{pid}',
      value: 'int',
      brief: 'Processes and threads in the container.',
      read: (c) => c.pids,
    }),
    restarts: gauge({
      name: 'ciris.container.restarts',
      unit: '{restart}',
      value: 'int',
      brief:
        "Restarts by the engine's restart policy, as the engine counts them; a start by hand sets it back to zero.",
      read: (c) => c.restarts,
    }),
    exitCode: gauge({
      name: 'ciris.container.exit_code',
      unit: '',
      value: 'int',
      brief: 'Exit code of a container that has ended.',
      read: (c) => c.exitCode,
    }),
    oomKilled: gauge({
      name: 'ciris.container.oom_killed',
      unit: '',
      value: 'int',
      brief:
        'Whether the kernel killed a process of the ended container for its memory (1) or not (0), as the engine says.',
      read: (c) => (c.oomKilled === undefined ? undefined : Number(c.oomKilled)),
    }),
    state: stateset({
      name: 'ciris.container.state',
      brief: 'State of the container.',
      states: containerStates,
      read: (c) => c.state,
    }),
    health: stateset({
      name: 'ciris.container.health',
      brief: 'Verdict of the container healthcheck; absent without one.',
      states: healthStates,
      read: (c) => c.health,
    }),
  },
});

const ofServer = entityOf<ServerSample>();

const containersIn = (state: ContainerState) =>
  ofServer.updowncounter({
    name: 'ciris.server.containers',
    with: { 'ciris.container.state': state },
    unit: '{container}',
    value: 'int',
    brief: 'Containers on the host, by state.',
    read: (s) => s.containers?.[state],
  });

/** A host with a Docker-compatible engine. */
export const server = ofServer.entity({
  name: 'server',
  brief: 'A host with a Docker-compatible engine.',
  identity: {
    'ciris.server.id': { brief: 'The host, as the configuration names it.', read: (s) => s.serverId },
  },
  info: {
    'ciris.server.engine.name': {
      brief: 'Engine that answers: docker or podman.',
      read: (s) => s.engineName,
    },
    'ciris.server.engine.version': { brief: 'Version that the engine gives.', read: (s) => s.engineVersion },
    'ciris.server.engine.api_version': {
      brief: 'API version agreed with the engine.',
      read: (s) => s.apiVersion,
    },
    'host.name': { brief: 'Name that the engine gives for its host.', read: (s) => s.hostName },
    'error.type': {
      brief: 'Why the engine could not be read; absent while it can.',
      read: (s) => s.errorType,
    },
  },
  metrics: {
    up: ofServer.gauge({
      name: 'ciris.server.up',
      unit: '',
      value: 'int',
      brief: 'Whether the engine of the host answered (1) or not (0).',
      read: (s) => Number(s.up),
    }),
    responseDuration: ofServer.gauge({
      name: 'ciris.server.response.duration',
      unit: 's',
      value: 'double',
      brief: 'Time that the engine took to list its containers.',
      read: (s) => s.responseSeconds,
    }),
    containersCreated: containersIn('created'),
    containersRunning: containersIn('running'),
    containersPaused: containersIn('paused'),
    containersRestarting: containersIn('restarting'),
    containersRemoving: containersIn('removing'),
    containersExited: containersIn('exited'),
    containersDead: containersIn('dead'),
    containersUnknown: containersIn('unknown'),
  },
});
