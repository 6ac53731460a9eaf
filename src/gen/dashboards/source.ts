import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataTransformerConfig, QueryVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Figure, Quantity } from './figure.ts';

export type Target = Builder<Dataquery>;

export interface SeriesOptions {
  readonly quantity: Quantity;
  /** Follows the name of the thing in the legend. */
  readonly suffix?: string;
}

/** A figure of everything that is selected, folded into one number. */
export interface TotalOptions {
  readonly figure: Figure;
  readonly fold: 'sum' | 'min' | 'max';
  /** Of a stateset: the state whose things are counted. */
  readonly state?: string;
}

export interface TableColumn {
  readonly title: string;
  /** The name of an info or identity attribute, or what is shown of the thing now. */
  readonly shows: string | Quantity;
}

export interface TableQuery {
  readonly targets: readonly Target[];
  readonly transformations: readonly DataTransformerConfig[];
}

/** Where a board gets its figures: the same questions, asked in the language of one data source. */
export interface Source {
  /** As users know it, such as `Prometheus`. */
  readonly name: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  variables(): readonly QueryVariableBuilder[];
  /** One series per thing, over time. */
  series(refId: string, options: SeriesOptions): Target;
  /** One series per figure, each summed over the things that are selected. */
  split(figures: readonly Figure[]): readonly Target[];
  /** One number: what holds now. */
  total(refId: string, options: TotalOptions): Target;
  /** Seconds since the newest snapshot was taken. */
  snapshotAge(refId: string): Target;
  /** One line per container that there is now. */
  containerTable(columns: readonly TableColumn[]): TableQuery;
}
