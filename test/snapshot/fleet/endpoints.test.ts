import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/metric/row.ts';
import { fleetRow } from '../../../src/snapshot/fleet-row.ts';
import { emptyRow } from '../agent-rows.ts';

const time = 1_772_366_410_000_000;
const valuesOf = (...rows: Row[]) => fleetRow(rows, 'here', time).values;
const endpoint = (url: string, up: number, validSeconds?: number) =>
  emptyRow(
    'endpoint',
    { 'ciris.endpoint.name': url },
    {
      info: { 'url.full': url },
      values: validSeconds === undefined ? { up } : { up, certificateExpires: time / 1e6 + validSeconds },
    },
  );

describe('endpoints of the fleet', () => {
  it('are absent where none is probed', () => {
    for (const key of [
      'endpointsUp',
      'endpointsDown',
      'certificateRemaining',
      'includedCertificateRemaining',
    ])
      expect(valuesOf()).not.toHaveProperty(key);
  });

  it('are up or down, and the first certificate to end says when', () => {
    expect(
      valuesOf(
        endpoint('https://a.test/', 1, 86_400),
        endpoint('https://b.test/', 0, -3600),
        endpoint('https://c.test/', 0),
        endpoint('http://d.test/', 1),
      ),
    ).toMatchObject({
      endpointsUp: 2,
      endpointsDown: 2,
      certificateRemaining: -3600,
      includedCertificateRemaining: 2,
      missingCertificateRemaining: 1,
    });
  });

  it('without TLS have no certificate, and none is missing', () => {
    const values = valuesOf(endpoint('http://d.test/', 1));
    expect(values).toMatchObject({ includedCertificateRemaining: 0, missingCertificateRemaining: 0 });
    expect(values).not.toHaveProperty('certificateRemaining');
  });
});
