import { type Observable, type ObservableCallback, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
} from '@opentelemetry/sdk-metrics';
import type { NumberKind } from '../../metric/define.ts';
import type { SeriesOptions } from './series.ts';
import type { PrometheusTyped } from './stamp.ts';

export type InstrumentDescriptor = MetricDescriptor & PrometheusTyped;

/** An observable instrument of our meter: a name for its points, and callbacks of its own. */
export class FleetInstrument implements Observable {
  readonly kind: NumberKind;
  readonly callbacks = new Set<ObservableCallback>();
  descriptor: InstrumentDescriptor;
  /** Of the last collection. */
  lastPoints: readonly DataPoint<number>[] = [];

  constructor(kind: NumberKind, descriptor: InstrumentDescriptor) {
    this.kind = kind;
    this.descriptor = descriptor;
  }

  addCallback(callback: ObservableCallback): void {
    this.callbacks.add(callback);
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.delete(callback);
  }

  seriesOptions(): Omit<SeriesOptions, 'limit'> {
    return { before: this.lastPoints, wholeNumbers: this.descriptor.valueType === ValueType.INT };
  }

  metricData(dataPoints: DataPoint<number>[]): MetricData & PrometheusTyped {
    const { metadata, ...descriptor } = this.descriptor;
    const shared = {
      descriptor,
      dataPoints,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      ...(metadata === undefined ? {} : { metadata }),
    };
    if (this.kind === 'gauge') return { ...shared, dataPointType: DataPointType.GAUGE };
    return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: this.kind === 'counter' };
  }
}
