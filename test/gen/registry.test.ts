import { describe, expect, it } from 'vitest';
import * as docker from '../../src/collectors/docker/metrics.ts';
import { entityExports, generateRegistry } from '../../src/gen/registry.ts';

describe('the registry of definitions', () => {
  it('knows an entity from whatever else a module exports', () => {
    expect(entityExports({ ...docker, states: ['a'], name: 'b', none: null, read: () => 1 })).toEqual([
      'container',
      'server',
    ]);
  });

  it('lists every collector, whatever order they are found in', () => {
    const registry = generateRegistry([
      { path: 'src/collectors/queue/metrics.ts', exports: ['queue'] },
      { path: 'src/collectors/docker/metrics.ts', exports: ['container', 'server'] },
    ]);
    expect(registry.path).toBe('src/catalog/registry.generated.ts');
    expect(registry.content.split('\n')).toEqual([
      expect.stringContaining('Do not edit'),
      "import { container, server } from '../collectors/docker/metrics.ts';",
      "import { queue } from '../collectors/queue/metrics.ts';",
      "import type { AnyEntity } from '../metric/define.ts';",
      '',
      'export const collectorEntities: readonly AnyEntity[] = [container, server, queue];',
      '',
    ]);
  });
});
