import type { MetricTarget } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { AnyEntity } from '../metric/define.ts';
import type { Row } from '../metric/row.ts';
import {
  hasNoRecordedValue,
  type MetricsRequest,
  type NumberPoint,
  type OtlpMetric,
  pointCountOf,
} from './otlp/model.ts';
import { type Place, placeFigure, placeInfo, placeState } from './placement.ts';
import { splitAttributes } from './point-attributes.ts';
import { Rejections } from './rejections.ts';
import { RowDrafts } from './row-drafts.ts';
import { checkMetric, checkTime, type TimeWindow } from './validate.ts';

/** From a metric name to what the catalog knows of it. */
export type MetricIndex = ReadonlyMap<string, MetricTarget>;

/** The rows of a request, and what of it makes no row. */
export interface Pivoted {
  readonly rows: readonly Row[];
  /** How many points a row rests on. */
  readonly pointsOf: (row: Row) => number;
  /** All points of the request. */
  readonly points: number;
  readonly rejections: Rejections;
  /** Points that named an attribute twice; the last value was taken. */
  readonly repeatedKeys: number;
}

/**
 * Puts points into rows by entity, time and identity. Resource and scope are left out on purpose: what tells things apart is on the
 * points themselves, and the exporter is a thing of its own.
 */
export function pivot(request: MetricsRequest, index: MetricIndex, window: TimeWindow): Pivoted {
  const run = new Pivot(index, window);
  for (const { scopes } of request.resources) {
    for (const { metrics } of scopes) for (const metric of metrics) run.addMetric(metric);
  }
  return run.finish();
}

/** Where the points of one metric go. */
interface Destination {
  readonly entity: AnyEntity;
  readonly identityKeys: readonly string[];
  readonly place: Place;
}

function destinationOf(target: MetricTarget): Destination {
  const { entity } = target;
  return { entity, identityKeys: Object.keys(entity.identity), place: placeOf(target) };
}

function placeOf(target: MetricTarget): Place {
  if (target.kind === 'info') return placeInfo(target.entity);
  const first = target.variants[0];
  return first?.metric.kind === 'stateset'
    ? placeState(first.key, first.metric)
    : placeFigure(target.entity, target.variants);
}

class Pivot {
  readonly #index: MetricIndex;
  readonly #window: TimeWindow;
  readonly #drafts = new RowDrafts();
  readonly #rejections = new Rejections();
  #points = 0;
  #repeatedKeys = 0;

  constructor(index: MetricIndex, window: TimeWindow) {
    this.#index = index;
    this.#window = window;
  }

  addMetric(metric: OtlpMetric): void {
    const count = pointCountOf(metric);
    this.#points += count;
    const checked = checkMetric(metric, this.#index.get(metric.name));
    if ('reason' in checked) {
      this.#rejections.add(metric.name, checked.reason, count, checked.detail);
      return;
    }
    const destination = destinationOf(checked.target);
    for (const point of checked.points) {
      const reason = this.#addPoint(point, destination);
      if (reason !== undefined) this.#rejections.add(metric.name, reason);
    }
  }

  #addPoint(point: NumberPoint, { entity, identityKeys, place }: Destination): RejectionReason | undefined {
    const untimely = checkTime(point.time, this.#window);
    if (untimely !== undefined) return untimely;
    const attributes = splitAttributes(identityKeys, point.attributes);
    if (typeof attributes === 'string') return attributes;
    if (hasNoRecordedValue(point)) return undefined;
    const draft = this.#drafts.at(entity, point.time, attributes.identity);
    const reason = place(draft, point, attributes.rest);
    if (reason !== undefined) return reason;
    draft.points += 1;
    if (attributes.repeatsKey) this.#repeatedKeys += 1;
    return undefined;
  }

  finish(): Pivoted {
    const rows: Row[] = [];
    for (const draft of this.#drafts.all()) {
      for (const [key, { metric, points }] of draft.clashes) {
        delete draft.row.states[key];
        draft.points -= points;
        this.#rejections.add(metric, 'ambiguous_state', points);
      }
      if (draft.points > 0) rows.push(draft.row);
    }
    return {
      rows,
      pointsOf: (row) => this.#drafts.pointsOf(row),
      points: this.#points,
      rejections: this.#rejections,
      repeatedKeys: this.#repeatedKeys,
    };
  }
}
