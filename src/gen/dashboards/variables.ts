import {
  type QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

interface Variable {
  readonly name: 'server' | 'agent' | 'container';
  /** Completes a variable that knows its query; `all` is what stands for every value in queries. */
  build(variable: QueryVariableBuilder, all: string): QueryVariableBuilder;
}

/** The variables of every board, by the same names, so that a selection is kept on the way from one board to another. */
export const selection: readonly Variable[] = [
  { name: 'server', build: multiple('Host') },
  { name: 'agent', build: multiple('Agent') },
  { name: 'container', build: multiple('Container') },
];

function multiple(label: string): Variable['build'] {
  return (variable, all) =>
    variable
      .label(label)
      .multi(true)
      .includeAll(true)
      .allValue(all)
      .current({ text: 'All', value: '$__all' })
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc);
}
