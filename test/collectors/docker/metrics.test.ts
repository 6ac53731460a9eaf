import { describe, expect, it } from 'vitest';
import { findPolicyBreaches } from '../../../src/catalog/policy.ts';
import { prometheusName } from '../../../src/catalog/prometheus-name.ts';
import { container, server } from '../../../src/collectors/docker/metrics.ts';

describe('the metrics of a container', () => {
  it('B54: count cores in use as cores, not as a ratio or a percentage', () => {
    const { name, unit } = container.metrics.cpuUsage;
    expect(unit).toBe('{cpu}');
    expect(prometheusName({ name, unit, monotonic: false })).toBe('container_cpu_usage');
  });
});

it('the metrics of containers and their hosts keep to the rules', () => {
  expect(findPolicyBreaches({ entities: [container, server] })).toEqual([]);
});
