import type { Payload } from '../../../src/export/sender.ts';
import { atOnce } from '../../../src/runtime/steps.ts';
import { GenericPoints } from '../../../src/writer/generic/generic-points.ts';
import { decodeMetrics } from '../../../src/writer/otlp/decode.ts';
import type { MetricsRequest } from '../../../src/writer/otlp/model.ts';
import { Rejections } from '../../../src/writer/rejections.ts';
import { noon } from '../../support/sample-series.ts';
import { plenty, requestIn } from './decoded.ts';

/** Nanoseconds of the sample noon, as JSON writes them. */
export const noonNanos = `${noon}000`;

const hour = 3_600_000_000;
export const aroundNoon = { oldest: noon - hour, newest: noon + hour };

/** What becomes of a request whose metrics are all of no catalog. */
export function genericOf(request: MetricsRequest): { points: GenericPoints; rejections: Rejections } {
  const points = new GenericPoints();
  const rejections = new Rejections();
  for (const resource of request.resources) {
    for (const scope of resource.scopes) {
      for (const metric of scope.metrics)
        atOnce(points.add(metric, { resource, scope }, aroundNoon, rejections));
    }
  }
  return { points, rejections };
}

export function genericOfPayload(payload: Payload): { points: GenericPoints; rejections: Rejections } {
  return genericOf(requestIn(atOnce(decodeMetrics(payload, plenty))));
}

/** The same for a request in JSON with these metrics, of one scope and resource. */
export function genericOfMetrics(...metrics: readonly unknown[]) {
  return genericOfJson({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

export function genericOfJson(body: unknown) {
  return genericOfPayload({ encoding: 'json', bytes: Buffer.from(JSON.stringify(body)) });
}
