import { figureIn, isSample, type Sample } from './exposition.ts';

type Labels = Readonly<Record<string, string>>;

/** Figures by their keys in the catalog; undefined where a way out says nothing. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** What one of our ways out says of a container. */
export interface Said {
  readonly figures: Figures;
  readonly state: string | undefined;
  readonly health: string | undefined;
}

/** Typed once more by hand: what users have in their boards must not change unseen. */
const prometheusNames: Readonly<Record<string, readonly [name: string, labels?: Labels]>> = {
  cpuTimeUser: ['container_cpu_time_seconds_total', { cpu_mode: 'user' }],
  cpuTimeSystem: ['container_cpu_time_seconds_total', { cpu_mode: 'system' }],
  cpuUsage: ['container_cpu_usage'],
  memoryUsage: ['container_memory_usage_bytes'],
  memoryWorkingSet: ['container_memory_working_set_bytes'],
  memoryAvailable: ['container_memory_available_bytes'],
  memoryLimit: ['ciris_container_memory_limit_bytes'],
  diskRead: ['container_disk_io_bytes_total', { disk_io_direction: 'read' }],
  diskWrite: ['container_disk_io_bytes_total', { disk_io_direction: 'write' }],
  networkReceive: ['container_network_io_bytes_total', { network_io_direction: 'receive' }],
  networkTransmit: ['container_network_io_bytes_total', { network_io_direction: 'transmit' }],
  uptime: ['container_uptime_seconds'],
  pids: ['ciris_container_pids'],
  exitCode: ['ciris_container_exit_code'],
  oomKilled: ['ciris_container_oom_killed'],
};

function figuresFrom(read: (key: string, name: string, labels: Labels) => number | undefined): Figures {
  const pairs = Object.entries(prometheusNames).map(([key, [name, labels = {}]]) => [
    key,
    read(key, name, labels),
  ]);
  return Object.fromEntries(pairs);
}

export function saidInSamples(samples: readonly Sample[], id: string): Said {
  return {
    figures: figuresFrom((_, name, labels) => figureIn(samples, name, { container_id: id, ...labels })),
    state: stateIn(samples, 'ciris_container_state', id),
    health: stateIn(samples, 'ciris_container_health', id),
  };
}

/** The state whose sample is 1; the others must be 0. */
function stateIn(samples: readonly Sample[], name: string, id: string): string | undefined {
  const states = samples.filter((sample) => isSample(sample, name, { container_id: id }));
  const [holding, ...others] = states.filter(({ value }) => value !== 0);
  if (others.length > 0 || (states.length > 0 && holding?.value !== 1)) {
    throw new Error(`${name} of ${id} is not one state: ${JSON.stringify(states)}`);
  }
  return holding?.labels[name];
}

/** A row as the database or the API gives it. */
interface RowLike {
  readonly identity: Labels;
  readonly values: Readonly<Record<string, unknown>>;
  readonly states: Labels;
}

/** What the last row of the container says. */
export function saidInRows(rows: readonly RowLike[], id: string): Said {
  const row = rows.findLast(({ identity }) => identity['container.id'] === id);
  return {
    figures: figuresFrom((key) => {
      const value = row?.values[key];
      return value === undefined ? undefined : Number(value);
    }),
    state: row?.states.state,
    health: row?.states.health,
  };
}

/** NaN when a part of it is not said, so that nothing agrees with it. */
export function cpuTimeIn({ figures }: Said): number {
  return (figures.cpuTimeUser ?? Number.NaN) + (figures.cpuTimeSystem ?? Number.NaN);
}
