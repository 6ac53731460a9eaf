import { describe, expect, it } from 'vitest';
import { catalog, findEntity } from '../../src/catalog/catalog.ts';
import { inputs } from '../../src/snapshot/inputs.ts';

describe('what snapshots sum up of the rows of collectors', () => {
  it.each(Object.entries(inputs))('has %s where it looks for it', (_, { entity, part, key }) => {
    const found = findEntity(catalog, entity);
    expect(found, `entity ${entity}`).toBeDefined();
    if (part === 'info') {
      expect(Object.keys(found?.info ?? {})).toContain(key);
      return;
    }
    const kind = found?.metrics[key]?.kind;
    expect(kind, `metric ${key} of ${entity}`).toBeDefined();
    expect(kind === 'stateset').toBe(part === 'states');
  });
});
