import type { RejectionReason } from '../../catalog/rejection-reasons.ts';
import type { SeriesPoint } from '../../db/generic/series-point.ts';
import type { Steps } from '../../runtime/steps.ts';
import {
  hasNoRecordedValue,
  type MetricData,
  type OtlpMetric,
  type PointBase,
  pointCountOf,
} from '../otlp/model.ts';
import type { Rejections } from '../rejections.ts';
import { checkTime, type TimeWindow } from '../validate.ts';
import {
  exponentialHistogramPoint,
  gaugePoint,
  histogramPoint,
  type Make,
  risingSumPoint,
  summaryPoint,
  sumPoint,
} from './make-point.ts';
import type { SeriesEntry } from './series-entry.ts';
import { type GroupEntry, type MetricOrigin, SeriesGroups } from './series-groups.ts';

/** Metrics and points together: some ten milliseconds' worth. */
const itemsPerStep = 10_000;

/** The points of one request that are not of the catalog, ready for the generic tables. */
export class GenericPoints {
  readonly #groups = new SeriesGroups();
  readonly #points: SeriesPoint[] = [];
  /** Metrics and points that were taken, of whatever became of them. */
  #items = 0;

  get points(): readonly SeriesPoint[] {
    return this.#points;
  }

  /** Lists of attributes, of points, scopes or resources, that named one twice; the last value was taken. */
  get repeatedKeys(): number {
    return this.#groups.repeatedKeys;
  }

  /** Takes the points of a metric that can be stored, and counts the others by the reason. */
  *add(metric: OtlpMetric, of: MetricOrigin, window: TimeWindow, rejections: Rejections): Steps<void> {
    const { name, data } = metric;
    if (data === undefined) return;
    const fault = metricFault(name, data);
    if (fault !== undefined) {
      rejections.add(name, fault, pointCountOf(metric));
      return;
    }
    const group = this.#groups.groupOf(metric, data, of);
    if (this.#endsStep()) yield;
    const into = { group, window, rejections };
    switch (data.kind) {
      case 'gauge':
        yield* this.#addAll(data.points, gaugePoint, into);
        break;
      case 'sum':
        yield* this.#addAll(data.points, data.monotonic ? risingSumPoint : sumPoint, into);
        break;
      case 'histogram':
        yield* this.#addAll(data.points, histogramPoint, into);
        break;
      case 'exponentialHistogram':
        yield* this.#addAll(data.points, exponentialHistogramPoint, into);
        break;
      case 'summary':
        yield* this.#addAll(data.points, summaryPoint, into);
    }
  }

  *#addAll<Point extends PointBase>(
    points: readonly Point[],
    make: Make<Point>,
    into: Destination,
  ): Steps<void> {
    const { group, window, rejections } = into;
    let place = 0;
    for (const point of points) {
      const untimely = checkTime(point.time, window);
      if (untimely !== undefined) rejections.add(group.group.name, untimely);
      else if (!hasNoRecordedValue(point)) {
        const series = this.#groups.seriesOf(group, point.attributes, place);
        const reason = this.#addPoint(make(point, series), series);
        if (reason !== undefined) rejections.add(group.group.name, reason);
      }
      place += 1;
      if (this.#endsStep()) yield;
    }
  }

  #endsStep(): boolean {
    this.#items += 1;
    return this.#items % itemsPerStep === 0;
  }

  #addPoint(made: SeriesPoint | RejectionReason, series: SeriesEntry): RejectionReason | undefined {
    if (typeof made === 'string') return made;
    if (series.contradicts(made)) return 'contradiction';
    this.#points.push(made);
    return undefined;
  }
}

/** Where the points of one metric go. */
interface Destination {
  readonly group: GroupEntry;
  readonly window: TimeWindow;
  readonly rejections: Rejections;
}

function metricFault(name: string, data: MetricData): RejectionReason | undefined {
  if (name === '') return 'name_missing';
  const isUnspecified = 'temporality' in data && data.temporality === 'unspecified';
  return isUnspecified ? 'wrong_temporality' : undefined;
}
