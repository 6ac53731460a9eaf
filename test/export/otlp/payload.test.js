import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import { toPayload } from '../../../src/export/otlp/payload.js';
import { scope } from '../support/meter.js';
import { gauge, histogram, point, sum } from '../support/metrics.js';

const resource = resourceFromAttributes({ 'service.name': 'x' });
describe('payloads', () => {
  it('leave out figures that are infinite or no number, and what is empty without them', () => {
    const metrics = [
      gauge('a', [point(Number.NaN, { k: '1' }), point(2, { k: '2' })]),
      sum('b', [point(Number.POSITIVE_INFINITY)]),
      histogram('c', { boundaries: [], counts: [1], count: 1 }),
    ];
    const payload = toPayload({ resource, scopeMetrics: [{ scope, metrics }] }, 'json');
    const text = Buffer.from(payload?.bytes ?? []).toString();
    expect(text).not.toContain('null');
    expect([...text.matchAll(/"name":"([abc])"/g)].map(([, name]) => name)).toEqual(['a', 'c']);
    expect(text).toContain('"asDouble":2');
  });
  it('are none where there is nothing to say', () => {
    expect(toPayload({ resource, scopeMetrics: [] }, 'protobuf')).toBeUndefined();
    const metrics = [gauge('a', [point(Number.NaN)])];
    expect(toPayload({ resource, scopeMetrics: [{ scope, metrics }] }, 'protobuf')).toBeUndefined();
  });
});
