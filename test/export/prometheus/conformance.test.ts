import { resourceFromAttributes } from '@opentelemetry/resources';
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { scope } from '../support/meter.ts';
import {
  bodyOf,
  gauge,
  histogram,
  openMetrics,
  point,
  producerOf,
  scrape,
  sideOf,
  sum,
} from '../support/metrics.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const resource = resourceFromAttributes({
  'service.name': 'ciris-telemetry',
  'service.instance.id': 'one',
  'host.cores': 8,
});

const exponential = (name: string): MetricData => ({
  ...gauge(name, []),
  dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
  dataPoints: [
    point({
      count: 3,
      sum: 4.5,
      scale: 0,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [1, 2] },
      negative: { offset: 0, bucketCounts: [] },
    }),
  ],
});

describe('the Prometheus exposition', () => {
  it('P1: leaves out deltas, and says so once', async () => {
    const logger = recordingLogger();
    const metrics = [sum('a', [point(1)], { delta: true }), gauge('b', [point(1)], { delta: true })];
    const side = sideOf([producerOf({ scope, metrics })], { logger });
    expect(await bodyOf(side)).toBe('# TYPE b gauge\nb 1\n');
    await side.render({});
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: a is left out .* difference/)]);
  });

  it('P2: declares counters, gauges and histograms', async () => {
    const body = await scrape([
      sum('a', [point(1)]),
      sum('b', [point(-1)], { monotonic: false }),
      gauge('c', [point(1)]),
      histogram('d', { boundaries: [], counts: [1], count: 1 }),
    ]);
    expect(body.match(/# TYPE .*/g)).toEqual([
      '# TYPE a_total counter',
      '# TYPE b gauge',
      '# TYPE c gauge',
      '# TYPE d histogram',
    ]);
  });

  it('P2: shows the count and the sum of exponential histograms, whose buckets no text format has', async () => {
    expect(await scrape([exponential('e')])).toBe(
      '# TYPE e histogram\ne_bucket{le="+Inf"} 3\ne_sum 4.5\ne_count 3\n',
    );
  });

  it('P3: honours prometheus.type where the format has it', async () => {
    const asking = (type: string) => ({ metadata: { 'prometheus.type': type } });
    const metrics = [
      gauge('thing.info', [point(1, { name: 'x' })], asking('info')),
      gauge('thing.state', [point(1, { 'thing.state': 'on' })], asking('stateset')),
      gauge('thing.odd', [point(1)], asking('unknown')),
      gauge('thing.misnamed', [point(1)], asking('info')),
    ];
    const samples = [
      'thing_info{name="x"} 1',
      'thing_state{thing_state="on"} 1',
      'thing_odd 1',
      'thing_misnamed 1',
    ];
    const [info, state, odd, misnamed] = samples;
    expect(await scrape(metrics, openMetrics)).toBe(
      `# TYPE thing info\n${info}\n# TYPE thing_state stateset\n${state}\n` +
        `# TYPE thing_odd unknown\n${odd}\n# TYPE thing_misnamed gauge\n${misnamed}\n# EOF\n`,
    );
    expect(await scrape(metrics)).toBe(
      `# TYPE thing_info gauge\n${info}\n# TYPE thing_state gauge\n${state}\n` +
        `# TYPE thing_odd untyped\n${odd}\n# TYPE thing_misnamed gauge\n${misnamed}\n`,
    );
  });

  it('P10: gives the unit in words in OpenMetrics, and none that the name does not end with', async () => {
    const metrics = [
      sum('a', [point(1)], { unit: 's' }),
      gauge('b', [point(1)], { unit: '{pid}' }),
      gauge('c', [point(1)], { unit: 'By' }),
    ];
    expect((await scrape(metrics, openMetrics)).match(/# UNIT .*/g)).toEqual([
      '# UNIT a_seconds seconds',
      '# UNIT c_bytes bytes',
    ]);
    expect(await scrape(metrics)).not.toContain('UNIT');
  });

  it('P11: comments a family once, however many scopes it has', async () => {
    const scopes = ['one', 'two'].map((name) => ({
      scope: { name },
      metrics: [gauge('a', [point(1)], { description: 'Same.' })],
    }));
    const side = sideOf([producerOf(...scopes)], { scopeInfoEnabled: true });
    expect(await bodyOf(side)).toBe(
      '# HELP a Same.\n# TYPE a gauge\na{otel_scope_name="one"} 1\na{otel_scope_name="two"} 1\n',
    );
  });

  it('P12: leaves out a family of two types, and says which', async () => {
    const logger = recordingLogger();
    const side = sideOf(
      [
        producerOf(
          { scope: { name: 'one' }, metrics: [sum('a.total', [point(1)]), gauge('b', [point(1)])] },
          { scope: { name: 'two' }, metrics: [gauge('a.total', [point(1)])] },
        ),
      ],
      { logger },
    );
    expect(await bodyOf(side)).toBe('# TYPE b gauge\nb 1\n');
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: a_total is left out .* counter and a gauge/),
    ]);
  });

  it('P12: keeps the points where two comments differ, and one comment', async () => {
    const logger = recordingLogger();
    const help = (description: string) => gauge('a', [point(1)], { description });
    const side = sideOf(
      [
        producerOf(
          { scope: { name: 'one' }, metrics: [help('First.')] },
          { scope: { name: 'two' }, metrics: [help('Second.')] },
        ),
      ],
      { logger, scopeInfoEnabled: true },
    );
    const body = await bodyOf(side);
    expect(body.match(/# HELP .*/g)).toEqual(['# HELP a First.']);
    expect(body.match(/^a\{.*/gm)).toHaveLength(2);
    expect(logger.lines).toEqual([expect.stringContaining('"Second." is not')]);
  });

  it('P13, B29: joins values whose keys become one label, in the order of the keys', async () => {
    const attributes = { x_y: '2', 'x.y': '1', 'x-y': '0', '9z': 'digit' };
    expect(await scrape([gauge('a', [point(1, attributes)])])).toContain('a{_9z="digit",x_y="0;1;2"} 1\n');
  });

  it('P13: joins an attribute with a scope label of the same name', async () => {
    const side = sideOf(
      [producerOf({ scope, metrics: [gauge('a', [point(1, { 'otel.scope.name': 'mine' })])] })],
      {
        scopeInfoEnabled: true,
      },
    );
    expect(await bodyOf(side)).toContain('otel_scope_name="mine;ciris-telemetry"');
  });

  it('P3: shows what cannot be a stateset as a gauge', async () => {
    const stateset = { metadata: { 'prometheus.type': 'stateset' } };
    const metrics = [
      gauge('a.state', [point(1, { state: 'on' })], stateset),
      gauge('b.state', [point(1, { 'b.state': 'on' })], { ...stateset, unit: 's' }),
    ];
    const body = await scrape(metrics, openMetrics);
    expect(body.match(/# TYPE .*/g)).toEqual(['# TYPE a_state gauge', '# TYPE b_state_seconds gauge']);
  });

  it('P17, P26: declares a counter that is named as the resource is', async () => {
    expect(await scrape([sum('target', [point(1)])], openMetrics)).toBe(
      '# TYPE target_total unknown\ntarget_total 1\n# EOF\n',
    );
  });

  it('P26: declares a counter that is named by its suffix alone', async () => {
    expect(await scrape([sum('_total', [point(1)])], openMetrics)).toBe(
      '# TYPE _total unknown\n_total 1\n# EOF\n',
    );
  });

  it('P13: has no label that would rename the series, in any format', async () => {
    const metrics = [gauge('a.b', [point(1, { __name__: 'c' })])];
    expect(await scrape(metrics)).toContain('a_b{_name_="c"} 1\n');
    const accept = 'text/plain;version=1.0.0;escaping=allow-utf-8';
    expect(await scrape(metrics, { translationStrategy: 'NoTranslation', accept })).toContain(
      '{"a.b",_name_="c"} 1\n',
    );
  });

  it('leaves out labels that are empty, which are none, and shows a series once that differs in them alone', async () => {
    expect(await scrape([gauge('a', [point(1, { k: '', l: '1' }), point(2, { k: 'x' })])])).toBe(
      '# TYPE a gauge\na{l="1"} 1\na{k="x"} 2\n',
    );
    expect(await scrape([gauge('a', [point(1, { k: '' }), point(2)])])).toBe('# TYPE a gauge\na 1\n');
  });

  it('P13: shows a series once where two attribute sets become the same labels', async () => {
    const logger = recordingLogger();
    const points = [point(1, { 'x.y': '1' }), point(2, { x_y: '1' }), point(3, { x_y: '2' })];
    const side = sideOf([producerOf({ scope, metrics: [gauge('a', points)] })], { logger });
    const expected = '# TYPE a gauge\na{x_y="1"} 1\na{x_y="2"} 3\n';
    expect([await bodyOf(side), await bodyOf(side)]).toEqual([expected, expected]);
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: a has several points with the same labels/)]);
  });

  it('P14: writes values that are no texts as JSON', async () => {
    const attributes = { yes: true, n: 42, half: 0.5, list: ['a', 'b'], gone: undefined };
    expect(await scrape([gauge('a', [point(1, attributes)])])).toContain(
      'a{yes="true",n="42",half="0.5",list="[\\"a\\",\\"b\\"]"} 1\n',
    );
  });

  it('P15, P16: labels every sample with its scope, and the scope with its attributes', async () => {
    const full = {
      name: 'lib',
      version: '1.2',
      schemaUrl: 'https://example.test/1',
      attributes: { team: 'x', version: 'lost' },
    };
    const producer = producerOf({ scope: full, metrics: [gauge('a', [point(1, { k: 'v' })])] });
    expect(await bodyOf(sideOf([producer], { scopeInfoEnabled: true }))).toContain(
      'a{k="v",otel_scope_team="x",otel_scope_version="1.2",otel_scope_name="lib",otel_scope_schema_url="https://example.test/1"} 1\n',
    );
    expect(await bodyOf(sideOf([producer], { scopeInfoEnabled: false }))).toContain('a{k="v"} 1\n');
  });

  it('P17, P19: shows the resource once as target_info, with its service.instance.id', async () => {
    const target = 'target_info{service_name="ciris-telemetry",service_instance_id="one",host_cores="8"} 1\n';
    const text = await scrape([gauge('a', [point(1)])], { resource });
    expect(text).toBe(
      `# HELP target_info Target metadata\n# TYPE target_info gauge\n${target}# TYPE a gauge\na 1\n`,
    );
    expect(await scrape([], { resource, ...openMetrics })).toBe(
      `# TYPE target info\n# HELP target Target metadata\n${target}# EOF\n`,
    );
    expect(await scrape([gauge('a', [point(1)])], { resource, targetInfoEnabled: false })).not.toContain(
      'target',
    );
    expect(await scrape([])).toBe('');
  });

  it('P17: a metric cannot pass for the resource', async () => {
    const logger = recordingLogger();
    expect(await scrape([gauge('target.info', [point(1, { x: 'y' })])], { resource, logger })).not.toContain(
      'x="y"',
    );
    expect(logger.lines).toEqual([expect.stringContaining('target.info is left out')]);
  });

  it('P18: puts chosen resource attributes on every sample, and still in target_info', async () => {
    const body = await scrape([gauge('a', [point(1)])], {
      resource,
      resourceConstantLabels: ['service.name'],
    });
    expect(body).toContain('\na{service_name="ciris-telemetry"} 1\n');
    expect(body).toContain('target_info{service_name="ciris-telemetry",service_instance_id="one"');
  });

  it('P20: writes cumulative buckets up to +Inf, which equals the count, and no sum that is unknown', async () => {
    const buckets = { boundaries: [0.5, 1, 10], counts: [1, 0, 2, 4], count: 7 };
    const lines = (body: string) => body.split('\n').slice(1, -1);
    expect(lines(await scrape([histogram('h', { ...buckets, sum: 55.5 }, { k: 'v', le: 'mine' })]))).toEqual([
      'h_bucket{k="v",le="0.5"} 1',
      'h_bucket{k="v",le="1"} 1',
      'h_bucket{k="v",le="10"} 3',
      'h_bucket{k="v",le="+Inf"} 7',
      'h_sum{k="v"} 55.5',
      'h_count{k="v"} 7',
    ]);
    const open = lines(await scrape([histogram('h', buckets)], openMetrics));
    expect(open[1]).toBe('h_bucket{le="1.0"} 1');
    expect(open.join()).not.toContain('h_sum');
  });

  it('P21: tells start times as _created in OpenMetrics where it is wanted, never in the text format', async () => {
    const metrics = [
      sum('a', [point(1, { k: 'v' }), { ...point(2), startTime: [0, 0] }]),
      histogram('h', { boundaries: [], counts: [1], count: 1 }),
      gauge('g', [point(1)]),
    ];
    const created = { createdSamplesEnabled: true };
    const body = await scrape(metrics, { ...created, ...openMetrics });
    expect(body.match(/.*_created.*/g)).toEqual(['a_created{k="v"} 1772366000.5', 'h_created 1772366000.5']);
    expect(body).toContain('a_total{k="v"} 1\na_created{k="v"} 1772366000.5\na_total 2\n');
    expect(await scrape(metrics, created)).not.toContain('_created');
    expect(await scrape(metrics, openMetrics)).not.toContain('_created');
  });

  it('P22, P23: writes neither timestamps nor exemplars', async () => {
    for (const format of [{}, openMetrics]) {
      const body = await scrape([sum('a', [point(1, { k: 'v' })])], format);
      expect(body.match(/^a_total.*$/gm)).toEqual(['a_total{k="v"} 1']);
    }
  });

  it('P26: names counter families without _total in OpenMetrics, and ends with EOF', async () => {
    expect(await scrape([sum('a.total', [point(1)], { description: 'A "b".' })], openMetrics)).toBe(
      '# TYPE a counter\n# HELP a A \\"b\\".\na_total 1\n# EOF\n',
    );
  });

  it('P26: declares no family twice in OpenMetrics where a suffix is all that tells two apart', async () => {
    const body = await scrape([sum('a', [point(1)]), gauge('a', [point(2)])], openMetrics);
    expect(body).toBe('# TYPE a_total unknown\na_total 1\n# TYPE a gauge\na 2\n# EOF\n');
  });

  it('P29: escapes backslashes, line ends and quotes, and ends with a line end', async () => {
    const text = 'back\\slash "quoted"\nnext';
    const metric = gauge('a', [point(1, { k: text })], { description: text });
    expect(await scrape([metric])).toBe(
      '# HELP a back\\\\slash "quoted"\\nnext\n# TYPE a gauge\na{k="back\\\\slash \\"quoted\\"\\nnext"} 1\n',
    );
  });

  it.each([
    [0.1 + 0.2, '0.30000000000000004'],
    [600_000_000, '600000000'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [-0, '0'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('writes %s as %s', async (value, text) => {
    expect(await scrape([gauge('a', [point(value)])])).toBe(`# TYPE a gauge\na ${text}\n`);
  });

  it('shows new values of series that it has shown before, and drops those that are gone', async () => {
    const [x, y, z] = ['x', 'y', 'z'].map((id) => Object.freeze({ id }));
    const shown = { scope, metrics: [gauge('a', [point(1, x), point(2, y)]), gauge('b', [point(1, x)])] };
    const side = sideOf([producerOf(shown)]);
    const samples = async (request = {}) => (await bodyOf(side, request)).match(/^[ab]\{.*$/gm);
    expect(await samples()).toEqual(['a{id="x"} 1', 'a{id="y"} 2', 'b{id="x"} 1']);
    shown.metrics = [gauge('a', [point(1, x), point(3, y)]), gauge('b', [point(1, x)])];
    expect(await samples()).toEqual(['a{id="x"} 1', 'a{id="y"} 3', 'b{id="x"} 1']);
    expect(await samples(openMetrics)).toEqual(['a{id="x"} 1', 'a{id="y"} 3', 'b{id="x"} 1']);
    shown.metrics = [gauge('a', [point(3, y), point(4, z)])];
    expect(await samples()).toEqual(['a{id="y"} 3', 'a{id="z"} 4']);
    shown.metrics = [gauge('a', [point(3, y)])];
    expect(await samples()).toEqual(['a{id="y"} 3']);
  });
});
