import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { container } from '../../collectors/docker/metrics.ts';
import { attribute, figure, figuresOf, type Quantity } from './figure.ts';
import {
  bad,
  coloredText,
  describe,
  good,
  mapping,
  neutral,
  table,
  thresholds,
  unitOf,
  warning,
} from './panels.ts';
import type { Source, TableColumn } from './source.ts';

const value = (key: keyof typeof container.metrics): Quantity => ({
  kind: 'value',
  figure: figure(container, key),
});

const columns: readonly TableColumn[] = [
  { title: 'Host', shows: attribute(container, 'ciris.server.id') },
  { title: 'Container', shows: attribute(container, 'container.name') },
  { title: 'Agent', shows: attribute(container, 'ciris.agent.id') },
  { title: 'Image', shows: attribute(container, 'container.image.name') },
  { title: 'State', shows: value('state') },
  { title: 'Health', shows: value('health') },
  { title: 'Exit code', shows: value('exitCode') },
  { title: 'Killed for memory', shows: value('oomKilled') },
  { title: 'Restarts', shows: value('restarts') },
  { title: 'Uptime', shows: value('uptime') },
  { title: 'Cores', shows: value('cpuUsage') },
  { title: 'Memory', shows: value('memoryWorkingSet') },
  {
    title: 'Memory of limit',
    shows: {
      kind: 'share',
      part: figure(container, 'memoryWorkingSet'),
      whole: figure(container, 'memoryLimit'),
    },
  },
];

const words: Readonly<Record<string, ReturnType<typeof mapping>>> = {
  State: mapping({
    running: { color: good },
    created: { color: neutral },
    paused: { color: warning },
    restarting: { color: bad },
    removing: { color: warning },
    exited: { color: warning },
    dead: { color: bad },
    unknown: { color: warning },
  }),
  Health: mapping({ healthy: { color: good }, starting: { color: warning }, unhealthy: { color: bad } }),
  'Killed for memory': mapping({ 0: { text: 'no', color: neutral }, 1: { text: 'yes', color: bad } }),
};

const limits: Readonly<Record<string, ReturnType<typeof thresholds>>> = {
  'Exit code': thresholds(good, { value: 1, color: bad }),
  Restarts: thresholds(neutral, { value: 1, color: warning }),
  'Memory of limit': thresholds(neutral, { value: 0.8, color: warning }, { value: 0.9, color: bad }),
};

/** Every container that there is now, with what is known of it. A name leads to the board of that container alone. */
export function containersTable(source: Source, uid: string): PanelBuilder {
  const { targets, transformations } = source.containerTable(columns);
  const shown = columns.flatMap(({ shows }) => (typeof shows === 'string' ? [] : [...figuresOf(shows)]));
  const panel = table(source, 'Containers')
    .description(`Containers of the last snapshot. An empty cell is not known.\n\n${describe(shown)}`)
    .targets([...targets])
    .transformations([...transformations])
    .overrideByName('Container', [
      {
        id: 'links',
        value: [
          {
            title: 'Only this container',
            url: `/d/${uid}?var-container=\${__value.raw:percentencode}&\${__url_time_range}`,
          },
        ],
      },
    ]);
  for (const { title, shows } of columns) {
    if (typeof shows !== 'string') panel.overrideByName(title, properties(title, unitOf(shows)));
  }
  return panel;
}

function properties(title: string, unit: string): { id: string; value: unknown }[] {
  const mapped = words[title];
  const limited = limits[title];
  return [
    { id: 'unit', value: title === 'Uptime' ? 'dtdurations' : unit },
    ...(mapped === undefined ? [] : [{ id: 'mappings', value: [mapped] }]),
    ...(limited === undefined ? [] : [{ id: 'thresholds', value: limited.build() }]),
    ...(mapped === undefined && limited === undefined
      ? []
      : [{ id: 'custom.cellOptions', value: coloredText }]),
  ];
}
