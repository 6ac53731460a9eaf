import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { exporter, scrape } from '../../catalog/exporter.ts';
import { collector } from '../../catalog/self.ts';
import { container, server } from '../../collectors/docker/metrics.ts';
import { containersTable } from './containers-table.ts';
import { figure, type Quantity } from './figure.ts';
import {
  bad,
  describe,
  good,
  graph,
  mapping,
  neutral,
  numberNow,
  stack,
  stat,
  thresholds,
  warning,
} from './panels.ts';
import type { Source } from './source.ts';

export interface Board {
  readonly source: Source;
  readonly uid: string;
  readonly title: string;
}

const tag = 'ciris-telemetry';

const cpu: Quantity = {
  kind: 'rate',
  figures: [figure(container, 'cpuTimeUser'), figure(container, 'cpuTimeSystem')],
};
const memory: Quantity = { kind: 'value', figure: figure(container, 'memoryWorkingSet') };
const memoryShare: Quantity = {
  kind: 'share',
  part: figure(container, 'memoryWorkingSet'),
  whole: figure(container, 'memoryLimit'),
};
const rate = (key: 'networkReceive' | 'networkTransmit' | 'diskRead' | 'diskWrite'): Quantity => ({
  kind: 'rate',
  figures: [figure(container, key)],
});
const value = (of: ReturnType<typeof figure>): Quantity => ({ kind: 'value', figure: of });

/** Containers and their hosts: what is there, how it fares, what it uses, and whether the exporter can see it. */
export function containersBoard({ source, uid, title }: Board): Dashboard {
  const board = new DashboardBuilder(title)
    .uid(uid)
    .id(null)
    .description(`Containers and their hosts as ciris-telemetry sees them, from ${source.name}.`)
    .tags([tag, 'containers'])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('1m')
    .variables([...source.variables()])
    .links([
      new DashboardLinkBuilder('The same from another data source')
        .type(DashboardLinkType.Dashboards)
        .tags([tag, 'containers'])
        .includeVars(true)
        .keepTime(true),
    ]);
  addNow(board, source, uid);
  addUse(board, source);
  addHosts(board, source);
  addExporter(board, source);
  return numbered(board.build());
}

function addNow(board: DashboardBuilder, source: Source, uid: string): void {
  const up = figure(server, 'up');
  board
    .withRow(new RowBuilder('Now'))
    .withPanel(
      stat(source, {
        title: 'Hosts up',
        figure: up,
        fold: 'sum',
        colors: thresholds(bad, { value: 1, color: good }),
      }),
    )
    .withPanel(
      stat(source, {
        title: 'All hosts readable',
        note: 'Yes when the engine of every selected host answers, no when at least one does not.',
        figure: up,
        fold: 'min',
        colors: thresholds(bad, { value: 1, color: good }),
        words: mapping({ 0: { text: 'no', color: bad }, 1: { text: 'yes', color: good } }),
      }),
    )
    .withPanel(
      stat(source, {
        title: 'Containers running',
        figure: figure(server, 'containersRunning'),
        fold: 'sum',
        colors: thresholds(neutral),
      }),
    )
    .withPanel(
      stat(source, {
        title: 'Unhealthy',
        note: 'Containers whose healthcheck fails. Unknown when no container has a healthcheck.',
        figure: figure(container, 'health'),
        state: 'unhealthy',
        fold: 'sum',
        colors: thresholds(good, { value: 1, color: bad }),
      }),
    )
    .withPanel(
      stat(source, {
        title: 'Killed for memory',
        figure: figure(container, 'oomKilled'),
        fold: 'sum',
        colors: thresholds(good, { value: 1, color: bad }),
      }),
    )
    .withPanel(
      numberNow(source, 'Age of the newest snapshot')
        .description(
          `Everything on this board is as old as this.\n\n${describe([figure(scrape, 'snapshotAge')])}`,
        )
        .unit('s')
        .thresholds(thresholds(good, { value: 120, color: warning }, { value: 300, color: bad }))
        .targets([source.snapshotAge('A')]),
    )
    .withPanel(containersTable(source, uid));
}

function addUse(board: DashboardBuilder, source: Source): void {
  board
    .withRow(new RowBuilder('Use'))
    .withPanel(graph(source, { title: 'Processor', note: 'Cores in use.', series: [{ quantity: cpu }] }))
    .withPanel(graph(source, { title: 'Memory', series: [{ quantity: memory }] }))
    .withPanel(
      graph(source, {
        title: 'Memory of the limit',
        note: 'At 100 % the kernel kills. Containers without a limit are not here.',
        series: [{ quantity: memoryShare }],
      })
        .max(1)
        .thresholds(thresholds(good, { value: 0.8, color: warning }, { value: 0.9, color: bad })),
    )
    .withPanel(
      graph(source, {
        title: 'Processes and threads',
        series: [{ quantity: value(figure(container, 'pids')) }],
      }),
    )
    .withPanel(
      graph(source, {
        title: 'Network',
        series: [
          { quantity: rate('networkReceive'), suffix: ' receive' },
          { quantity: rate('networkTransmit'), suffix: ' transmit' },
        ],
      }),
    )
    .withPanel(
      graph(source, {
        title: 'Disk',
        series: [
          { quantity: rate('diskRead'), suffix: ' read' },
          { quantity: rate('diskWrite'), suffix: ' write' },
        ],
      }),
    );
}

function addHosts(board: DashboardBuilder, source: Source): void {
  const states = [
    figure(server, 'containersRunning'),
    figure(server, 'containersPaused'),
    figure(server, 'containersRestarting'),
    figure(server, 'containersCreated'),
    figure(server, 'containersExited'),
    figure(server, 'containersRemoving'),
    figure(server, 'containersDead'),
    figure(server, 'containersUnknown'),
  ];
  board
    .withRow(new RowBuilder('Hosts'))
    .withPanel(stack(source, 'Containers by state', states))
    .withPanel(
      graph(source, {
        title: 'Response time of the engines',
        series: [{ quantity: value(figure(server, 'responseDuration')) }],
      }),
    );
}

function addExporter(board: DashboardBuilder, source: Source): void {
  board
    .withRow(new RowBuilder('Exporter'))
    .withPanel(
      graph(source, {
        title: 'Collectors that can read their source',
        series: [{ quantity: value(figure(collector, 'up')) }],
      }),
    )
    .withPanel(
      graph(source, {
        title: 'Time of a snapshot',
        series: [{ quantity: value(figure(exporter, 'snapshotDuration')) }],
      }),
    )
    .withPanel(
      graph(source, {
        title: 'Snapshots that wait for delivery',
        series: [{ quantity: value(figure(exporter, 'spoolSnapshots')) }],
      }),
    )
    .withPanel(
      graph(source, {
        title: 'Processor time of the exporter',
        note: 'Cores in use.',
        series: [
          {
            quantity: {
              kind: 'rate',
              figures: [figure(exporter, 'cpuTimeUser'), figure(exporter, 'cpuTimeSystem')],
            },
          },
        ],
      }),
    );
}

/** Panels keep their numbers from one generation to the next, so that links to them stay good. */
function numbered(board: Dashboard): Dashboard {
  for (const [index, panel] of (board.panels ?? []).entries()) panel.id = index + 1;
  return board;
}
