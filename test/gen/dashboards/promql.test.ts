import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/catalog/catalog.ts';
import { familiesOf, labelName } from '../../../src/catalog/families.ts';
import { expandPromql, readBoard } from '../../support/grafana.ts';

const board = readBoard('containers.json');
const queries = [
  ...board.panels.flatMap(({ title, targets }) =>
    targets.map(({ refId, expr }) => [`${title} ${refId}`, expr ?? ''] as const),
  ),
  ...board.templating.list.map(
    ({ name, query }) => [`variable ${name}`, query.replace(/^label_values\((.*), \w+\)$/, '$1')] as const,
  ),
];
const families = new Map(familiesOf(catalog).map((family) => [family.prometheusName, family]));

interface Names {
  readonly errors: number;
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

function namesIn(query: string): Names {
  const names = { errors: 0, metrics: [] as string[], labels: [] as string[] };
  parser.parse(query).iterate({
    enter: ({ type, name, from, to }) => {
      if (type.isError) names.errors += 1;
      if (name === 'VectorSelector') names.metrics.push(query.slice(from, to).replace(/\{.*/s, ''));
      if (name === 'LabelName') names.labels.push(query.slice(from, to));
    },
  });
  return names;
}

describe('the queries to Prometheus', () => {
  it('are looked at in whole', () => {
    expect(queries.length).toBeGreaterThan(30);
    expect(namesIn('sum(').errors).toBeGreaterThan(0);
    expect(namesIn('sum by (a) (b{c="d"})')).toEqual({ errors: 0, metrics: ['b'], labels: ['a', 'c'] });
  });

  it.each(queries)('%s: parses and names only families and labels of the catalog', (_name, raw) => {
    const { errors, metrics, labels } = namesIn(expandPromql(raw, { intervalSeconds: 60 }));
    expect(errors).toBe(0);
    expect(metrics.length).toBeGreaterThan(0);
    const known = metrics
      .flatMap((name) => families.get(name)?.attributes ?? [`no family ${name}`])
      .map(labelName);
    expect(known.filter((label) => label.startsWith('no_family'))).toEqual([]);
    expect(labels.filter((label) => !known.includes(label))).toEqual([]);
  });

  it('look at rates over a window, and never over a gauge', () => {
    const rated = queries.flatMap(([, query]) =>
      [...query.matchAll(/rate\((\w+)/g)].map(([, name = '']) => name),
    );
    expect(rated.length).toBeGreaterThan(4);
    expect(new Set(rated.map((name) => families.get(name)?.kind))).toEqual(new Set(['counter']));
    for (const [, query] of queries) expect(query).not.toMatch(/\[(?!\$__rate_interval)/);
  });
});
