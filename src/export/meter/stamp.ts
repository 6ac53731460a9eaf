import type { Attributes, HrTime, MetricOptions, Observable } from '@opentelemetry/api';
import { type Micros, microsToHrTime } from '../../metric/time.ts';

/** When a figure was true, and since when its counter counts. */
export interface Stamp {
  readonly time: Micros;
  readonly start?: Micros;
}

/**
 * The result that a batch callback writes to. The fourth argument is ours: an SDK's meter ignores it and stamps points with the time of
 * the collection, which for figures of a snapshot is only nearly true.
 */
export interface StampedResult {
  observe(metric: Observable, value: number, attributes: Attributes, stamp: Stamp): void;
}

/** What a metric is to Prometheus where its formats have a type for it; an SDK's meter ignores it. */
export interface PrometheusTyped {
  readonly metadata?: { readonly 'prometheus.type': 'info' | 'stateset' | 'unknown' };
}

export type StampedMetricOptions = MetricOptions & PrometheusTyped;

/** OTLP's "not known". */
export const unknownTime: HrTime = [0, 0];

/** Converts times, mostly the same one many times over. */
export class HrTimes {
  #last: Micros | undefined;
  #hrTime: HrTime = unknownTime;

  of(time: Micros): HrTime {
    if (time !== this.#last) {
      this.#last = time;
      this.#hrTime = microsToHrTime(time);
    }
    return this.#hrTime;
  }
}
