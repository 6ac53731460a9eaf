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

const buckets = { boundaries: [1], counts: [1, 0], count: 1, sum: 0.5 };
const ofHistogram = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 0.5\nh_count 1\n';

describe('metrics that would spoil a scrape', () => {
  it.each(['bucket', 'count', 'sum', 'created'])(
    'P12: a gauge named as the %s of a histogram is left out',
    async (suffix) => {
      const logger = recordingLogger();
      const metrics = [gauge(`h.${suffix}`, [point(7)]), histogram('h', buckets)];
      const side = sideOf([producerOf({ scope, metrics })], { logger });
      expect([await bodyOf(side), await bodyOf(side)]).toEqual([ofHistogram, ofHistogram]);
      expect(logger.lines).toEqual([expect.stringContaining(`h_${suffix} is left out`)]);
    },
  );

  it('P12: names that only look like those of a histogram stay', async () => {
    const metrics = [
      histogram('h', buckets),
      gauge('g.count', [point(1)]),
      gauge('h.total.count', [point(2)]),
    ];
    expect(await scrape(metrics)).toBe(
      `${ofHistogram}# TYPE g_count gauge\ng_count 1\n# TYPE h_total_count gauge\nh_total_count 2\n`,
    );
  });

  it.each([
    ['a counter, and a gauge of its creation', sum('a', [point(1)]), gauge('a.created', [point(2)])],
    [
      'a gauge, and a counter that it may be the creation of',
      gauge('a.created', [point(2)]),
      sum('a', [point(1)]),
    ],
    ['a counter, and another of its creation', sum('a.created', [point(2)]), sum('a', [point(1)])],
  ])('P26: no two families in OpenMetrics have names in common: %s', async (_, one, other) => {
    const types = (await scrape([one, other], openMetrics)).match(/# TYPE .*/g);
    expect(types).toContain('# TYPE a_total unknown');
    expect(types).toHaveLength(2);
  });

  it.each([[['x', 'x.total']], [['x.total', 'x']]])(
    'P26: a counter is not declared by the name of another one, in whatever order: %o',
    async (names) => {
      const metrics = names.map((name) => sum(name, [point(1)], { unit: name === 'x' ? '' : 'total' }));
      const types = (await scrape(metrics, openMetrics)).match(/# TYPE .*/g)?.sort();
      expect(types).toEqual(['# TYPE x counter', '# TYPE x_total_total unknown']);
    },
  );

  it('P26: a counter is not declared by the name of a sample of a histogram', async () => {
    const body = await scrape([histogram('h', buckets), sum('h.count', [point(3)])], openMetrics);
    expect(body).toContain('# TYPE h histogram\n');
    expect(body).toContain('# TYPE h_count_total unknown\nh_count_total 3\n');
  });

  it('P20: a histogram of negative numbers has a sum in the text format only', async () => {
    const metrics = [histogram('h', { ...buckets, boundaries: [-1] })];
    expect(await scrape(metrics)).toContain('h_sum 0.5\n');
    expect(await scrape(metrics, openMetrics)).toBe(
      '# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n',
    );
  });

  it.each(['UnderscoreEscapingWithSuffixes', 'NoTranslation'] as const)(
    'P4: one without a name is left out: %s',
    async (translationStrategy) => {
      const accept = 'text/plain; version=1.0.0; escaping=allow-utf-8';
      const metrics = [gauge('', [point(1)]), gauge('a', [point(2)])];
      expect(await scrape(metrics, { translationStrategy, accept })).toBe('# TYPE a gauge\na 2\n');
    },
  );

  it.each([
    ['constructor', 'a_constructor'],
    ['toString/valueOf', 'a_toString_per_valueOf'],
    ['__proto__', 'a_proto'],
    ['# RU', 'a_RU'],
    ['{unclosed', 'a_unclosed'],
    ['{a{b}}', 'a'],
  ])('P5: the unit %s makes the name %s', async (unit, name) => {
    expect(await scrape([gauge('a', [point(1)], { unit })])).toBe(`# TYPE ${name} gauge\n${name} 1\n`);
  });

  it.each(['counter', 'histogram', 'summary', 'stateset', 'toString', ''])(
    'P3: a gauge that asks for the type "%s", which it cannot have, is a gauge',
    async (type) => {
      const metrics = [gauge('a', [point(1)], { metadata: { 'prometheus.type': type } })];
      expect(await scrape(metrics)).toBe('# TYPE a gauge\na 1\n');
      expect(await scrape(metrics, openMetrics)).toBe('# TYPE a gauge\na 1\n# EOF\n');
    },
  );

  it('a count that is no number, or below zero, is none', async () => {
    const points = [point(Number.NaN), point(-1, { k: 'b' }), point(0, { k: 'c' })];
    expect(await scrape([sum('n', points)])).toBe('# TYPE n_total counter\nn_total{k="c"} 0\n');
    expect(await scrape([sum('n', points, { monotonic: false })])).toBe(
      '# TYPE n gauge\nn NaN\nn{k="b"} -1\nn{k="c"} 0\n',
    );
  });

  it.each([
    ['info', 'a.info', {}],
    ['stateset', 'a', { a: 'on' }],
  ])('P3: a gauge that asks for the type "%s" and is 2 is a gauge', async (type, name, attributes) => {
    const metrics = [gauge(name, [point(2, attributes)], { metadata: { 'prometheus.type': type } })];
    expect(await scrape(metrics, openMetrics)).toMatch(/^# TYPE a(_info)? gauge\n/);
  });

  it('P3: a gauge of which one point tells no state is no stateset', async () => {
    const metadata = { 'prometheus.type': 'stateset' };
    const metrics = [gauge('a', [point(1, { a: 'on' }), point(0, { b: 'off' })], { metadata })];
    expect(await scrape(metrics, openMetrics)).toMatch(/^# TYPE a gauge\n/);
  });

  it.each([{ '': 'x' }, { k: undefined }, { k: '' }])(
    'P13: a series is shown once where all that tells another apart is left out: %o',
    async (attributes) => {
      const points = [point(1, { l: '1' }), point(2, { l: '1', ...attributes }), point(3, { l: '2' })];
      expect(await scrape([gauge('a', points)])).toBe('# TYPE a gauge\na{l="1"} 1\na{l="2"} 3\n');
    },
  );

  it.each([
    ['a.', 's', 'a_seconds_total'],
    ['a-', '', 'a_total'],
    ['a_', 'By/s', 'a_bytes_per_second_total'],
  ])('P4: the counter "%s" in "%s" has no two underscores in a row: %s', async (name, unit, expected) => {
    expect(await scrape([sum(name, [point(1)], { unit })])).toBe(
      `# TYPE ${expected} counter\n${expected} 1\n`,
    );
  });
});
