import type { MetricTarget } from '../catalog/lookup.ts';
import type { RejectionReason } from '../catalog/rejection-reasons.ts';
import type { AnyEntity } from '../metric/define.ts';
import type { Row } from '../metric/row.ts';
import type { Steps } from '../runtime/steps.ts';
import {
  hasNoRecordedValue,
  type MetricsRequest,
  type NumberPoint,
  type OtlpMetric,
  pointCountOf,
  type ResourceMetrics,
  type ScopeMetrics,
} from './otlp/model.ts';
import { type Place, placeFigure, placeInfo, placeState } from './placement.ts';
import { AttributeSplit } from './point-attributes.ts';
import { Rejections } from './rejections.ts';
import { RowDrafts } from './row-drafts.ts';
import { checkMetric, checkTime, type Misfit, type TimeWindow } from './validate.ts';

/** From a metric name to what the catalog knows of it. */
export type MetricIndex = ReadonlyMap<string, MetricTarget>;

/** Where a metric was found in its request. */
export interface Origin {
  readonly resource: ResourceMetrics;
  readonly scope: ScopeMetrics;
}

/** Takes what is not the catalog's: it stores a point in a table for all, or rejects it. */
export interface OtherPoints {
  add(metric: OtlpMetric, of: Origin, window: TimeWindow, rejections: Rejections): Steps<void>;
}

export interface PivotOptions {
  readonly index: MetricIndex;
  readonly window: TimeWindow;
  /** Without it, what is not the catalog's is rejected. */
  readonly others?: OtherPoints | undefined;
}

/** The rows of a request, and what of it makes no row. */
export interface Pivoted {
  readonly rows: readonly Row[];
  /** How many points a row rests on. */
  readonly pointsOf: (row: Row) => number;
  /** Points of the request that are the catalog's, and those that are not. */
  readonly typedPoints: number;
  readonly otherPoints: number;
  readonly rejections: Rejections;
  /** Points that are none of the catalog's though their metric has a name that it knows. */
  readonly strangers: Rejections;
  /** Points that named an attribute twice; the last value was taken. */
  readonly repeatedKeys: number;
}

/**
 * Puts points into rows by entity, time and identity. Resource and scope are left out of these on purpose: what tells things apart is on
 * the points themselves, and the exporter is a thing of its own.
 */
export function* pivot(request: MetricsRequest, options: PivotOptions): Steps<Pivoted> {
  const run = new Pivot(options);
  for (const resource of request.resources) {
    for (const scope of resource.scopes) {
      for (const metric of scope.metrics) yield* run.addMetric(metric, { resource, scope });
    }
  }
  return run.finish();
}

/** Where the points of an entity's metrics go. */
interface Destination {
  readonly drafts: RowDrafts;
  readonly attributes: AttributeSplit;
}

function destinationOf(entity: AnyEntity): Destination {
  return { drafts: new RowDrafts(entity), attributes: new AttributeSplit(Object.keys(entity.identity)) };
}

function placeOf(target: MetricTarget): Place {
  if (target.kind === 'info') return placeInfo(target.entity);
  const first = target.variants[0];
  return first?.metric.kind === 'stateset'
    ? placeState(first.key, first.metric)
    : placeFigure(target.entity, target.variants);
}

/** Reasons that say of a point that it is not what the catalog means by the name, and nothing of its worth. */
const strangeness: ReadonlySet<RejectionReason> = new Set([
  'missing_attribute',
  'extra_attribute',
  'attribute_not_text',
  'wrong_attribute_value',
]);

/** Some ten milliseconds' worth, and more than most requests hold. */
const pointsPerStep = 30_000;

class Pivot {
  readonly #options: PivotOptions;
  /** By the name of the entity. */
  readonly #destinations = new Map<string, Destination>();
  readonly #rejections = new Rejections();
  readonly #strangers = new Rejections();
  #points = 0;
  #typedPoints = 0;
  #otherPoints = 0;
  #repeatedKeys = 0;

  constructor(options: PivotOptions) {
    this.#options = options;
  }

  *addMetric(metric: OtlpMetric, origin: Origin): Steps<void> {
    const { index, window, others } = this.#options;
    const checked = checkMetric(metric, index.get(metric.name));
    if ('reason' in checked) {
      yield* this.#passOn(metric, origin, checked);
      return;
    }
    const { target, data } = checked;
    if (data === undefined) return;
    const left = yield* this.#place(data.points, target, metric.name);
    if (left.length === 0) return;
    this.#otherPoints += left.length;
    if (others === undefined) return;
    yield* others.add({ ...metric, data: { ...data, points: left } }, origin, window, this.#rejections);
  }

  *#passOn(metric: OtlpMetric, origin: Origin, { reason, detail }: Misfit): Steps<void> {
    const { others, window } = this.#options;
    const count = pointCountOf(metric);
    if (others === undefined) {
      this.#typedPoints += count;
      this.#rejections.add(metric.name, reason, count, detail);
      return;
    }
    this.#otherPoints += count;
    if (reason !== 'unknown_metric') this.#strangers.add(metric.name, reason, count, detail);
    yield* others.add(metric, origin, window, this.#rejections);
  }

  /** Puts points into rows; those that are left are not the catalog's. */
  *#place(points: readonly NumberPoint[], target: MetricTarget, name: string): Steps<readonly NumberPoint[]> {
    const destination = this.#destinationOf(target.entity);
    const place = placeOf(target);
    const left: NumberPoint[] = [];
    for (const point of points) {
      this.#points += 1;
      if (this.#points % pointsPerStep === 0) yield;
      const reason = this.#addPoint(point, destination, place);
      if (reason !== undefined && this.#options.others !== undefined && strangeness.has(reason)) {
        this.#strangers.add(name, reason);
        left.push(point);
        continue;
      }
      this.#typedPoints += 1;
      if (reason !== undefined) this.#rejections.add(name, reason);
    }
    return left;
  }

  #destinationOf(entity: AnyEntity): Destination {
    const known = this.#destinations.get(entity.name);
    if (known !== undefined) return known;
    const destination = destinationOf(entity);
    this.#destinations.set(entity.name, destination);
    return destination;
  }

  #addPoint(
    point: NumberPoint,
    { drafts, attributes }: Destination,
    place: Place,
  ): RejectionReason | undefined {
    const untimely = checkTime(point.time, this.#options.window);
    if (untimely !== undefined) return untimely;
    const unfit = attributes.take(point.attributes);
    if (unfit !== undefined) return unfit;
    if (hasNoRecordedValue(point)) return undefined;
    const draft = drafts.at(point.time, attributes.identity);
    const reason = place(draft, point, attributes.rest);
    if (reason !== undefined) return reason;
    draft.points += 1;
    if (attributes.repeatsKey) this.#repeatedKeys += 1;
    return undefined;
  }

  finish(): Pivoted {
    const rows: Row[] = [];
    for (const { drafts } of this.#destinations.values()) {
      for (const draft of drafts.all()) {
        for (const [key, { metric, points, disagree }] of draft.claims) {
          if (!disagree) continue;
          delete draft.row.states[key];
          draft.points -= points;
          this.#rejections.add(metric, 'ambiguous_state', points);
        }
        if (draft.points > 0) rows.push(draft.row);
      }
    }
    return {
      rows,
      pointsOf: (row) => this.#destinations.get(row.entity)?.drafts.pointsOf(row) ?? 0,
      typedPoints: this.#typedPoints,
      otherPoints: this.#otherPoints,
      rejections: this.#rejections,
      strangers: this.#strangers,
      repeatedKeys: this.#repeatedKeys,
    };
  }
}
