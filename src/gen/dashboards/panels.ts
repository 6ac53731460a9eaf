import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  BytesIEC,
  BytesPerSecondIEC,
  NoUnit,
  PercentUnit,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units';
import { type Figure, figuresOf, type Quantity } from './figure.ts';
import type { SeriesOptions, Source, TotalOptions } from './source.ts';

/** Three missing snapshots at the default interval are a gap that shows. */
const longestBridgeMs = 180_000;
const shortestInterval = '10s';

export const good = 'green';
export const warning = 'orange';
export const bad = 'red';
export const neutral = 'text';

/** Colours by value: the first from the lowest value on, the others from theirs. */
export function thresholds(first: string, ...others: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...others]);
}

/** Words and colours in place of values. */
export function mapping(
  words: Readonly<Record<string, { readonly text?: string; readonly color: string }>>,
): ValueMap {
  return { type: MappingType.ValueToText, options: { ...words } };
}

/** What the catalog says of figures: the text behind the little i of a panel. */
export function describe(figures: readonly Figure[]): string {
  const briefs = new Map(figures.map(({ metric }) => [metric.brief, metric.name]));
  return [...briefs].map(([brief, name]) => `${brief} (${name})`).join('\n\n');
}

/** Grafana's unit for a quantity; processor time per second is a number of cores. */
export function unitOf(quantity: Quantity): string {
  if (quantity.kind === 'share') return PercentUnit;
  const [{ metric }] = figuresOf(quantity);
  const unit = metric.kind === 'stateset' ? '' : metric.unit;
  if (quantity.kind === 'rate') return unit === 'By' ? BytesPerSecondIEC : NoUnit;
  if (unit === 'By') return BytesIEC;
  return unit === 's' ? Seconds : NoUnit;
}

export interface GraphOptions {
  readonly title: string;
  readonly series: readonly [SeriesOptions, ...SeriesOptions[]];
  /** Says more than the briefs of its figures. */
  readonly note?: string;
}

/** Lines over time, one per thing and series. */
export function graph(source: Source, { title, series, note }: GraphOptions): TimeSeriesBuilder {
  const [{ quantity }] = series;
  const text = describe(series.flatMap((each) => [...figuresOf(each.quantity)]));
  return lines(source, title)
    .description(note === undefined ? text : `${note}\n\n${text}`)
    .unit(unitOf(quantity))
    .targets(series.map((each, index) => source.series(String.fromCharCode(65 + index), each)));
}

/** Figures of one kind on top of each other, summed over all things that are selected. */
export function stack(source: Source, title: string, figures: readonly Figure[]): TimeSeriesBuilder {
  return lines(source, title)
    .description(describe(figures))
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .targets([...source.split(figures)]);
}

function lines(source: Source, title: string): TimeSeriesBuilder {
  return new TimeSeriesBuilder()
    .title(title)
    .datasource(source.datasource)
    .interval(shortestInterval)
    .height(8)
    .span(12)
    .min(0)
    .spanNulls(longestBridgeMs)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

export interface StatOptions extends TotalOptions {
  readonly title: string;
  readonly note?: string;
  readonly colors: ThresholdsConfigBuilder;
  /** Words in place of numbers. */
  readonly words?: ValueMap;
}

/** One number that holds now. */
export function stat(source: Source, { title, note, colors, words, ...total }: StatOptions): StatBuilder {
  const text = describe([total.figure]);
  return numberNow(source, title)
    .description(note === undefined ? text : `${note}\n\n${text}`)
    .unit(unitOf({ kind: 'value', figure: total.figure }))
    .thresholds(colors)
    .mappings(words === undefined ? [] : [words])
    .targets([source.total('A', total)]);
}

export function numberNow(source: Source, title: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .datasource(source.datasource)
    .height(4)
    .span(4)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields(''))
    .noValue('unknown');
}

export function table(source: Source, title: string): TableBuilder {
  return new TableBuilder().title(title).datasource(source.datasource).height(10).span(24).filterable(true);
}

/** A cell whose text has the colour of its value. */
export const coloredText = { type: TableCellDisplayMode.ColorText };
