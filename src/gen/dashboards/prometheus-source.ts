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
      return range(letter(index), expression, Object.values(constantsOf(each)).join(' '));
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

/** One query per column that is a figure, put side by side by what they have in common: the identity of the container. */
function containerTable(columns: readonly TableColumn[]): TableQuery {
  const attributes = columns.flatMap(({ shows }) => (typeof shows === 'string' ? [shows] : []));
  const targets: Target[] = [table(letter(0), selectedContainers(attributes))];
  const fields = columns.map(({ title, shows }) => {
    if (typeof shows === 'string') return { name: labelName(shows), title };
    const refId = letter(targets.length);
    const [first] = figuresOf(shows);
    const isState = first.metric.kind === 'stateset';
    targets.push(table(refId, isState ? inState(first) : ofSelected(shows, container)));
    return { name: isState ? labelName(first.metric.name) : `Value #${refId}`, title };
  });
  const shown = new Set(fields.map(({ name }) => name));
  const values = targets.map((_, index) => `Value #${letter(index)}`);
  const hidden = ['Time', ...identityLabels(container), ...values].filter((name) => !shown.has(name));
  const organize = {
    excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
    indexByName: Object.fromEntries(fields.map(({ name }, index) => [name, index])),
    renameByName: Object.fromEntries(fields.map(({ name, title }) => [name, title])),
  };
  return {
    targets,
    transformations: [
      { id: 'merge', options: {} },
      { id: 'organize', options: organize },
    ],
  };
}

function letter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
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
