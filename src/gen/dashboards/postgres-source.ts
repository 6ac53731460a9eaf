import { QueryVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { collector } from '../../catalog/self.ts';
import { PostgresQuery } from './postgres-query.ts';
import type { Source, Target } from './source.ts';
import {
  containerTableSql,
  everything,
  seriesSql,
  snapshotAgeSql,
  splitSql,
  totalSql,
  variableSql,
} from './sql.ts';
import { selection } from './variables.ts';

const datasource = { type: 'grafana-postgresql-datasource', uid: 'ciris-postgresql' } as const;

export const postgresSource: Source = {
  name: 'PostgreSQL',
  datasource,
  variables: () =>
    selection.map(({ name, build }) =>
      build(new QueryVariableBuilder(name).query(variableSql(name)), everything).definition(
        variableSql(name),
      ),
    ),
  series: (refId, { quantity, suffix = '' }) => timeSeries(refId, seriesSql(quantity, suffix)),
  split: (figures) => {
    const [first, ...others] = figures;
    return first === undefined ? [] : [timeSeries('A', splitSql([first, ...others]))];
  },
  total: (refId, options) => table(refId, totalSql(options)),
  snapshotAge: (refId) => table(refId, snapshotAgeSql(collector)),
  containerTable: (columns) => ({ targets: [table('A', containerTableSql(columns))], transformations: [] }),
};

function timeSeries(refId: string, rawSql: string): Target {
  return new PostgresQuery({ refId, datasource, format: 'time_series', rawSql });
}

function table(refId: string, rawSql: string): Target {
  return new PostgresQuery({ refId, datasource, format: 'table', rawSql });
}
