import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { scope } from '../support/meter.ts';
import { gauge, point, producerOf, sideOf } from '../support/metrics.ts';

const side = sideOf([producerOf({ scope, metrics: [gauge('a', [point(1)])] })]);

const text = 'text/plain; version=0.0.4; charset=utf-8';
const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const prometheus242 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
const prometheus3WithProtobuf = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,${prometheus3}`;

describe('content negotiation', () => {
  it.each([
    ['P25: no header', undefined, text],
    ['P25: an empty header', '', text],
    ['B65: anything', '*/*', text],
    ['B65: OpenMetrics of no version', 'application/openmetrics-text', openMetrics],
    ['P26: Prometheus 2.42', prometheus242, openMetrics],
    ['P26: Prometheus 3', prometheus3, `${openMetrics}; escaping=underscores`],
    [
      'P26: Prometheus 3 that prefers protobuf',
      prometheus3WithProtobuf,
      `${openMetrics}; escaping=underscores`,
    ],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', text],
    [
      'text 1.0.0',
      'text/plain;version=1.0.0;q=0.9, text/plain;version=0.0.4;q=0.1',
      text.replace('0.0.4', '1.0.0'),
    ],
    ['text preferred by weight', 'application/openmetrics-text;q=0.4, text/plain;q=0.5', text],
    ['the first of equals', 'application/openmetrics-text, text/plain', openMetrics],
    ['text of any kind', 'text/*', text],
    ['OpenMetrics of a version not served', 'application/openmetrics-text;version=0.0.1', text],
    ['a weight of zero', 'application/openmetrics-text;q=0, */*', text],
    ['text excluded', 'text/plain;q=0, */*;q=0.1', openMetrics],
    ['nothing that is served', 'application/json', text],
    ['odd case and spaces', ' Application/OpenMetrics-Text ; Version="1.0.0" ; Q=1 ', openMetrics],
    ['a weight that is no number', 'application/openmetrics-text;q=high', openMetrics],
    ['a weight that is empty', 'application/openmetrics-text;q=', openMetrics],
  ])('%s', async (_, accept, contentType) => {
    const answer = await side.render({ accept });
    expect(answer.headers).toEqual({ 'content-type': contentType, vary: 'Accept, Accept-Encoding' });
    expect(String(answer.body).endsWith('# EOF\n')).toBe(contentType.startsWith('application/'));
  });

  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['x-gzip', true],
    ['GZIP', true],
    [undefined, false],
    ['', false],
    ['br', false],
    ['gzip;q=0', false],
    ['*;q=0', false],
    ['gzip;q=0.2, identity;q=0.8', false],
  ])('compresses for Accept-Encoding %s: %s', async (acceptEncoding, compressed) => {
    const { headers, body } = await side.render({ acceptEncoding });
    expect(headers['content-encoding']).toBe(compressed ? 'gzip' : undefined);
    const bytes = typeof body === 'string' ? Buffer.from(body) : gunzipSync(body);
    expect(bytes.toString()).toBe('# TYPE a gauge\na 1\n');
  });
});
