import { QueryVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DataqueryBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';
import { scrape } from '../../catalog/exporter.ts';
import { labelName } from '../../catalog/families.ts';
import { container } from '../../collectors/docker/metrics.ts';
import { constantsOf, figure, figuresOf, identityLabels, type Quantity } from './figure.ts';
import { inState, legend, ofSelected, perThing, selectedContainers, variableQuery } from './promql.ts';
import type { Source, TableColumn, TableQuery, Target } from './source.ts';
import { selection } from './variables.ts';

const datasource = { type: 'prometheus', uid: 'ciris-prometheus' } as const;

/** Figures do not change between two snapshots: shorter steps would show rates of zero that never were. */
const shortestStep = '1m';

export const prometheusSource: Source = {
  name: 'Prometheus',
  datasource,
  variables: () =>
    selection.map(({ name, build }) =>
      build(
        new QueryVariableBuilder(name).query({ query: variableQuery(name), refId: name }),
        '.*',
      ).definition(variableQuery(name)),
    ),
  series: (refId, { quantity, suffix = '' }) => {
    const [{ entity }] = figuresOf(quantity);
    return range(refId, perThing(quantity, entity), `${legend(entity)}${suffix}`);
  },
  split: (figures) =>
    figures.map((each, index) => {
      const expression = `sum(${perThing({ kind: 'value', figure: each }, each.entity)})`;
      return range(String.fromCharCode(65 + index), expression, Object.values(constantsOf(each)).join(' '));
    }),
  total: (refId, { figure: total, fold, state }) => {
    const things =
      state === undefined
        ? ofSelected({ kind: 'value', figure: total }, total.entity)
        : inState(total, state);
    return instant(refId, `${fold}(${things})`);
  },
  snapshotAge: (refId) => {
    const age: Quantity = { kind: 'value', figure: figure(scrape, 'snapshotAge') };
    return instant(refId, `min(${ofSelected(age, scrape)})`);
  },
  containerTable,
};

function containerTable(columns: readonly TableColumn[]): TableQuery {
  const attributes = columns.flatMap(({ shows }) => (typeof shows === 'string' ? [shows] : []));
  const figures = columns.flatMap(({ title, shows }) =>
    typeof shows === 'string' ? [] : [{ title, shows }],
  );
  const targets: Target[] = [table('A', selectedContainers(attributes))];
  const hidden = new Set(['Time', 'Value #A', ...identityLabels(container)]);
  const titles = new Map<string, string>();
  for (const name of attributes) {
    hidden.delete(labelName(name));
    titles.set(labelName(name), titleOf(columns, name));
  }
  for (const [index, { title, shows }] of figures.entries()) {
    const refId = String.fromCharCode(66 + index);
    const [first] = figuresOf(shows);
    if (first.metric.kind === 'stateset') {
      targets.push(table(refId, inState(first)));
      titles.set(labelName(first.metric.name), title);
      hidden.add(`Value #${refId}`);
    } else {
      targets.push(table(refId, ofSelected(shows, container)));
      titles.set(`Value #${refId}`, title);
    }
  }
  const order = [...titles].sort(([, a], [, b]) => positionOf(columns, a) - positionOf(columns, b));
  return {
    targets,
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries([...hidden].map((name) => [name, true])),
          indexByName: Object.fromEntries(order.map(([name], index) => [name, index])),
          renameByName: Object.fromEntries(order),
        },
      },
    ],
  };
}

function titleOf(columns: readonly TableColumn[], attribute: string): string {
  return columns.find(({ shows }) => shows === attribute)?.title ?? attribute;
}

function positionOf(columns: readonly TableColumn[], title: string): number {
  return columns.findIndex((column) => column.title === title);
}

function query(refId: string, expression: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId)
    .datasource(datasource)
    .editorMode(QueryEditorMode.Code)
    .expr(expression);
}

function range(refId: string, expression: string, legendFormat: string): Target {
  return query(refId, expression).range().legendFormat(legendFormat).interval(shortestStep);
}

function instant(refId: string, expression: string): Target {
  return query(refId, expression).instant();
}

function table(refId: string, expression: string): Target {
  return query(refId, expression).instant().format(PromQueryFormat.Table);
}
