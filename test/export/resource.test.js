import { describe, expect, it } from 'vitest';
import { createResource } from '../../src/export/resource.js';

const attributesFor = (environment) =>
  createResource({ environment, version: '1.2.3', instanceId: 'host-a' }).attributes;
describe('the resource', () => {
  it('says which program sends, in which version, which instance, and with which SDK', () => {
    expect(attributesFor({})).toMatchObject({
      'service.name': 'ciris-telemetry',
      'service.version': '1.2.3',
      'service.instance.id': 'host-a',
      'telemetry.sdk.language': 'nodejs',
    });
  });
  it('takes attributes from the environment, and the name from its own variable first', () => {
    const list = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a, service.instance.id=mine,note=x%2Cy=z' };
    expect(attributesFor(list)).toMatchObject({
      'service.name': 'a',
      'service.instance.id': 'mine',
      note: 'x,y=z',
    });
    expect(attributesFor({ ...list, OTEL_SERVICE_NAME: 'b' })['service.name']).toBe('b');
  });
  it('refuses a list that cannot be read', () => {
    expect(() => attributesFor({ OTEL_RESOURCE_ATTRIBUTES: 'no-equals' })).toThrow(
      /^OTEL_RESOURCE_ATTRIBUTES=… /,
    );
  });
});
