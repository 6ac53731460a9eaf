import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

interface PostgresDataquery extends Dataquery {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly format: 'time_series' | 'table';
  readonly rawQuery: true;
  readonly rawSql: string;
  readonly editorMode: 'code';
}

/** A query to Grafana's PostgreSQL data source, for which the SDK has no builder. */
export class PostgresQuery implements Builder<Dataquery> {
  readonly #query: PostgresDataquery;

  constructor(query: Pick<PostgresDataquery, 'refId' | 'datasource' | 'format' | 'rawSql'>) {
    this.#query = { ...query, rawQuery: true, editorMode: 'code', _implementsDataqueryVariant: () => {} };
  }

  build(): PostgresDataquery {
    return this.#query;
  }
}
