import { describe, expect, it } from 'vitest';
import { createResource } from '../../src/export/resource.ts';
import { recordingLogger } from './support/recording-logger.ts';

const attributesFor = (environment: Readonly<Record<string, string>>, logger = recordingLogger()) =>
  createResource({ environment, version: '1.2.3', instanceId: 'host-a', logger }).attributes;

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
    const list = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a, service.instance.id=mine,n%6Fte=x%2Cy=z' };
    expect(attributesFor(list)).toMatchObject({
      'service.name': 'a',
      'service.instance.id': 'mine',
      note: 'x,y=z',
    });
    expect(attributesFor({ ...list, OTEL_SERVICE_NAME: 'b' })['service.name']).toBe('b');
  });

  it.each(['no-equals', 'a=1,b=%zz', 'service.name=a,=1'])('passes over %s whole, and says so', (list) => {
    const logger = recordingLogger();
    expect(attributesFor({ OTEL_RESOURCE_ATTRIBUTES: list }, logger)).toEqual(attributesFor({}));
    expect(logger.lines).toEqual([expect.stringMatching(/^error: OTEL_RESOURCE_ATTRIBUTES=… .*key=value/)]);
  });

  it('has its own name where an empty one is given, and other attributes as they are', () => {
    const list = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=,service.name=,team=,zone=a=b' };
    expect(attributesFor({ ...list, OTEL_SERVICE_NAME: '' })).toMatchObject({
      'service.name': 'ciris-telemetry',
      'service.instance.id': 'host-a',
      team: '',
      zone: 'a=b',
    });
  });
});
