import { describe, expect, it } from 'vitest';
import { indexByMetricName } from '../../src/catalog/lookup.ts';
import type { Row } from '../../src/metric/row.ts';
import { atOnce } from '../../src/runtime/steps.ts';
import type { Attribute, MetricData, NumberPoint, OtlpMetric } from '../../src/writer/otlp/model.ts';
import { type Pivoted, pivot } from '../../src/writer/pivot.ts';
import { probeCatalog } from './support/probe-catalog.ts';

const now = 1_772_366_410_123_456;
const minute = 60e6;
const day = 24 * 60 * minute;
const window = { oldest: now - 7 * day, newest: now + 5 * minute };
const index = indexByMetricName(probeCatalog);

type Texts = Readonly<Record<string, string>>;

const identity = { 'probe.site': 'north', 'probe.id': 'p1' };
const listOf = (pairs: Texts): readonly Attribute[] =>
  Object.entries(pairs).map(([key, value]) => ({ key, value }));

function point(value: NumberPoint['value'], pairs: Texts = {}, more: Partial<NumberPoint> = {}): NumberPoint {
  const attributes = listOf({ ...identity, ...pairs });
  return { attributes, start: 0, startNanos: 0, time: now, timeNanos: 0, value, flags: 0, ...more };
}

const metric = (name: string, unit: string, data: MetricData | undefined): OtlpMetric => ({
  name,
  unit,
  description: '',
  data,
});

const gauge = (name: string, unit: string, ...points: readonly NumberPoint[]): OtlpMetric =>
  metric(name, unit, { kind: 'gauge', points });

const temperature = (...points: readonly NumberPoint[]) => gauge('probe.temperature', 's', ...points);
const load = (...points: readonly NumberPoint[]) => gauge('probe.load', '{task}', ...points);
const state = (...points: readonly NumberPoint[]) => gauge('probe.state', '', ...points);
const info = (...points: readonly NumberPoint[]) => gauge('ciris.probe.info', '', ...points);

const counter = (name: string, unit: string, ...points: readonly NumberPoint[]): OtlpMetric =>
  metric(name, unit, { kind: 'sum', temporality: 'cumulative', monotonic: true, points });

const io = (...points: readonly NumberPoint[]) => counter('probe.io', 'By', ...points);

const size = (...points: readonly NumberPoint[]): OtlpMetric =>
  metric('probe.size', 'By', { kind: 'sum', temporality: 'cumulative', monotonic: false, points });

function pivotOf(...metrics: readonly OtlpMetric[]): Pivoted {
  const scope = { name: '', version: '', attributes: [] };
  const resource = { attributes: [], schemaUrl: '', scopes: [{ scope, schemaUrl: '', metrics }] };
  return atOnce(pivot({ resources: [resource] }, { index, window }));
}

const row: Row = { entity: 'probe', time: now, identity, info: {}, values: {}, states: {} };

describe('points that the catalog knows', () => {
  it('become one row by entity, time and identity', () => {
    const start = now - day;
    const pivoted = pivotOf(
      temperature(point(21.5)),
      load(point(3)),
      size(point(-7)),
      io(point(10, { direction: 'receive' }, { start }), point(20, { direction: 'send' }, { start })),
      state(point(0, { 'probe.state': 'idle' }), point(1, { 'probe.state': 'busy' })),
      info(point(1, { 'probe.version': '1.2', 'probe.label.color': 'red' })),
    );
    expect(pivoted.rows).toEqual([
      {
        entity: 'probe',
        time: now,
        start,
        identity,
        info: { 'probe.version': '1.2', 'probe.label.color': 'red' },
        values: { temperature: 21.5, load: 3, size: -7, received: 10, sent: 20 },
        states: { state: 'busy' },
      },
    ]);
    expect(pivoted.rows.map(pivoted.pointsOf)).toEqual([8]);
    expect(pivoted).toMatchObject({ typedPoints: 8, otherPoints: 0, repeatedKeys: 0 });
    expect(pivoted.rejections.message()).toBeUndefined();
  });

  it('become rows of their own where time or identity differ', () => {
    const { rows } = pivotOf(
      load(
        point(1),
        point(2, {}, { time: now - 1 }),
        point(3, { 'probe.id': 'p2' }),
        point(4, { 'probe.site': 'p1', 'probe.id': 'north' }),
      ),
    );
    expect(rows).toEqual([
      { ...row, values: { load: 1 } },
      { ...row, time: now - 1, values: { load: 2 } },
      { ...row, identity: { ...identity, 'probe.id': 'p2' }, values: { load: 3 } },
      { ...row, identity: { 'probe.site': 'p1', 'probe.id': 'north' }, values: { load: 4 } },
    ]);
  });

  it('have their times cut to the microsecond', () => {
    const { rows } = pivotOf(load(point(1, {}, { timeNanos: 999 })));
    expect(rows).toEqual([{ ...row, values: { load: 1 } }]);
  });

  it('are the same row whichever order their attributes have', () => {
    const attributes = listOf({ 'probe.id': 'p1', 'probe.site': 'north' });
    const { rows } = pivotOf(load(point(1)), temperature(point(2, {}, { attributes })));
    expect(rows).toEqual([{ ...row, values: { load: 1, temperature: 2 } }]);
  });

  it('bring no start when it is not known, nor when the entity keeps none (C30)', () => {
    const known = { attributes: listOf({ 'probe.id': 'p1' }), start: now - day };
    const { rows } = pivotOf(
      io(point(1, { direction: 'send' })),
      temperature(point(1, {}, { start: now - day })),
      counter('startless.count', '', point(5, {}, known)),
    );
    expect(rows).toEqual([
      { ...row, values: { sent: 1, temperature: 1 } },
      { ...row, entity: 'startless', identity: { 'probe.id': 'p1' }, values: { count: 5 } },
    ]);
  });

  it('bring the earliest start where counters of one row differ', () => {
    const { rows } = pivotOf(
      io(
        point(1, { direction: 'send' }, { start: now - minute }),
        point(2, { direction: 'receive' }, { start: now - day }),
      ),
    );
    expect(rows).toEqual([{ ...row, start: now - day, values: { sent: 1, received: 2 } }]);
  });

  it('keep whole numbers beyond 2^53 (B81)', () => {
    const { rows } = pivotOf(
      load(point(9_007_199_254_740_993n)),
      size(point(2 ** 60)),
      temperature(point(2n ** 60n)),
    );
    expect(rows).toEqual([
      { ...row, values: { load: 9_007_199_254_740_993n, size: 2n ** 60n, temperature: 2 ** 60 } },
    ]);
  });

  it('have no value where the sender says so (C27)', () => {
    const pivoted = pivotOf(
      load(point(undefined, {}, { flags: 1 }), point(0, { 'probe.id': 'p2' }, { flags: 3 })),
    );
    expect(pivoted.rows).toEqual([]);
    expect(pivoted.rejections.points).toBe(0);
  });

  it('take the last of an attribute that comes twice, and count it (C31)', () => {
    const attributes = [...listOf(identity), { key: 'probe.id', value: 'p9' }];
    const pivoted = pivotOf(load(point(1, {}, { attributes })));
    expect(pivoted.rows).toEqual([
      { ...row, identity: { ...identity, 'probe.id': 'p9' }, values: { load: 1 } },
    ]);
    expect(pivoted.repeatedKeys).toBe(1);
  });

  it('may come twice with the same value', () => {
    const pivoted = pivotOf(
      load(point(1), point(1)),
      info(point(1, { 'probe.maker': 'a' }), point(1, { 'probe.maker': 'a' })),
    );
    expect(pivoted.rows).toEqual([{ ...row, info: { 'probe.maker': 'a' }, values: { load: 1 } }]);
    expect(pivoted.rejections.points).toBe(0);
  });

  it('of a stateset whose states are all 0 leave the state out', () => {
    const pivoted = pivotOf(
      load(point(1)),
      state(point(0, { 'probe.state': 'idle' }), point(0, { 'probe.state': 'busy' })),
    );
    expect(pivoted.rows).toEqual([{ ...row, values: { load: 1 } }]);
    expect(pivoted.rejections.points).toBe(0);
  });

  it('have metrics without data or without points among them', () => {
    expect(pivotOf(metric('probe.load', '{task}', undefined), load()).rows).toEqual([]);
  });
});

describe('points that are rejected', () => {
  const temporality = 'cumulative';
  const sum = { kind: 'sum', temporality, monotonic: true, points: [point(1)] } as const;
  const base = { attributes: [], start: 0, startNanos: 0, time: window.newest, timeNanos: 0, flags: 0 };
  const extremes = { min: undefined, max: undefined };
  const histogram = { ...base, ...extremes, count: 1, sum: 1, bounds: [], counts: [] };
  const noBuckets = { offset: 0, counts: [] };
  const scale = { scale: 0, zeroCount: 1, zeroThreshold: 0, positive: noBuckets, negative: noBuckets };
  const exponential = { ...base, ...extremes, count: 1, sum: 1, ...scale };
  const summary = { ...base, count: 1, sum: 1, quantiles: [] };

  it.each<[what: string, reason: string, metric: OtlpMetric]>([
    ['of a metric outside the catalog', 'unknown_metric', gauge('http.server.duration', 's', point(1))],
    ['of a metric that is only shown', 'unknown_metric', gauge('hidden.age', 's', point(1))],
    ['of a metric named as an object member', 'unknown_metric', gauge('constructor', '', point(1))],
    ['with another unit', 'wrong_unit', gauge('probe.temperature', 'ms', point(1))],
    ['of an info metric with a unit', 'wrong_unit', gauge('ciris.probe.info', '1', point(1))],
    ['of a gauge for a counter', 'wrong_kind', gauge('probe.io', 'By', point(1))],
    ['of a counter for a gauge', 'wrong_kind', counter('probe.load', '{task}', point(1))],
    ['of a counter for an up-down counter', 'wrong_kind', counter('probe.size', 'By', point(1))],
    ['of a counter for a stateset', 'wrong_kind', counter('probe.state', '', point(1))],
    [
      'of a histogram (B79)',
      'wrong_kind',
      metric('probe.io', 'By', { kind: 'histogram', temporality, points: [histogram] }),
    ],
    [
      'of an exponential histogram (B79)',
      'wrong_kind',
      metric('probe.io', 'By', { kind: 'exponentialHistogram', temporality, points: [exponential] }),
    ],
    ['of a summary (B79)', 'wrong_kind', metric('probe.io', 'By', { kind: 'summary', points: [summary] })],
    ['of delta sums (B88)', 'wrong_temporality', metric('probe.io', 'By', { ...sum, temporality: 'delta' })],
    [
      'of no temporality (C29)',
      'wrong_temporality',
      metric('probe.io', 'By', { ...sum, temporality: 'unspecified' }),
    ],
    ['without a time (B80, C25)', 'time_missing', load(point(1, {}, { time: 0 }))],
    ['too old (B80, C42)', 'time_too_old', load(point(1, {}, { time: window.oldest - 1 }))],
    ['too far ahead (B80, C42)', 'time_in_future', load(point(1, {}, { time: window.newest + 1 }))],
    ['without a time nor a value', 'time_missing', load(point(undefined, {}, { time: 0, flags: 1 }))],
    ['without a value (C26)', 'value_missing', load(point(undefined))],
    ['of an info metric without a value', 'value_missing', info(point(undefined))],
    ['that are not a number (B87)', 'value_not_finite', temperature(point(Number.NaN))],
    ['that are infinite (B87)', 'value_not_finite', load(point(Number.POSITIVE_INFINITY))],
    ['with a fraction where there is none', 'value_not_integer', load(point(1.5))],
    ['beyond 64 bits', 'value_not_integer', load(point(2 ** 63))],
    ['of a count below zero', 'value_negative', io(point(-1, { direction: 'send' }))],
    ['of a count below zero beyond 2^53', 'value_negative', io(point(-(2n ** 60n), { direction: 'send' }))],
    ['of an info metric with 0', 'value_not_allowed', info(point(0))],
    ['of a state with 2', 'value_not_allowed', state(point(2, { 'probe.state': 'idle' }))],
    [
      'without an identity attribute',
      'missing_attribute',
      load(point(1, {}, { attributes: listOf({ 'probe.id': 'p1' }) })),
    ],
    ['without a constant attribute', 'missing_attribute', io(point(1))],
    ['without their state', 'missing_attribute', state(point(1))],
    ['with a constant that is not known', 'wrong_attribute_value', io(point(1, { direction: 'up' }))],
    ['with a state that is not known', 'wrong_attribute_value', state(point(1, { 'probe.state': 'asleep' }))],
    ['with one attribute more', 'extra_attribute', load(point(1, { color: 'red' }))],
    [
      'with one attribute more beside the constant',
      'extra_attribute',
      io(point(1, { direction: 'send', color: 'red' })),
    ],
    [
      'with one attribute more beside the state',
      'extra_attribute',
      state(point(1, { 'probe.state': 'idle', color: 'red' })),
    ],
    ['with a fact that is none of the entity', 'extra_attribute', info(point(1, { color: 'red' }))],
    ['with a fact named as an object member', 'extra_attribute', info(point(1, { toString: 'red' }))],
    [
      'with an identity that is no text',
      'attribute_not_text',
      load(
        point(
          1,
          {},
          {
            attributes: [
              { key: 'probe.site', value: 'north' },
              { key: 'probe.id', value: 1 },
            ],
          },
        ),
      ),
    ],
  ])('%s: %s', (_what, reason, rejected) => {
    const pivoted = pivotOf(rejected, load(point(7, { 'probe.id': 'good' })));
    expect(pivoted.rejections.findings()).toMatchObject([{ metric: rejected.name, reason, points: 1 }]);
    expect(pivoted.rows).toEqual([
      { ...row, identity: { ...identity, 'probe.id': 'good' }, values: { load: 7 } },
    ]);
    expect(pivoted.rejections.message()).toContain(JSON.stringify(rejected.name));
  });

  it.each([
    [
      gauge('probe.temperature', 'ms', point(1)),
      'wrong_unit, the unit is not the one in the catalog (wanted: "s")',
    ],
    [gauge('probe.io', 'By', point(1)), /wrong_kind, .* \(wanted: monotonic sum\)/],
    [counter('probe.size', 'By', point(1)), /wrong_kind, .* \(wanted: sum that is not monotonic\)/],
    [counter('probe.load', '{task}', point(1)), /wrong_kind, .* \(wanted: gauge\)/],
  ])('say what the catalog has instead', (rejected, said) => {
    expect(pivotOf(rejected).rejections.message()).toMatch(said);
  });

  it('are as old as is just kept, or as far ahead as is just believed', () => {
    const { rows } = pivotOf(
      load(point(1, {}, { time: window.oldest }), point(2, {}, { time: window.newest })),
    );
    expect(rows).toHaveLength(2);
  });

  it('are all that say which state is the current one, when they disagree', () => {
    const pivoted = pivotOf(
      load(point(1)),
      state(
        point(1, { 'probe.state': 'idle' }),
        point(1, { 'probe.state': 'idle' }),
        point(1, { 'probe.state': 'busy' }),
        point(0, { 'probe.state': 'broken' }),
        point(1, { 'probe.state': 'broken' }),
      ),
    );
    expect(pivoted.rows).toEqual([{ ...row, values: { load: 1 } }]);
    expect(pivoted.rejections.findings()).toEqual([
      { metric: 'probe.state', reason: 'ambiguous_state', points: 4 },
    ]);
    expect(pivoted.rows.map(pivoted.pointsOf)).toEqual([2]);
  });

  it('contradict another of the same request', () => {
    const pivoted = pivotOf(
      load(point(1), point(2)),
      info(point(1, { 'probe.maker': 'a' }), point(1, { 'probe.maker': 'b' }), point(1)),
    );
    expect(pivoted.rows).toEqual([{ ...row, info: { 'probe.maker': 'a' }, values: { load: 1 } }]);
    expect(pivoted.rejections.findings()).toEqual([
      { metric: 'probe.load', reason: 'contradiction', points: 1 },
      { metric: 'ciris.probe.info', reason: 'contradiction', points: 2 },
    ]);
  });

  it('make no row by themselves', () => {
    expect(pivotOf(load(point(Number.NaN))).rows).toEqual([]);
    expect(
      pivotOf(state(point(1, { 'probe.state': 'idle' }), point(1, { 'probe.state': 'busy' }))).rows,
    ).toEqual([]);
  });
});

describe('the message about rejected points', () => {
  it('names each metric and reason once, and stays short', () => {
    const many = Array.from({ length: 300 }, (_, number) =>
      gauge(`metric.${number}.${'x'.repeat(300)}`, '', point(1), point(2)),
    );
    const { rejections } = pivotOf(...many);
    expect(rejections.points).toBe(600);
    expect(rejections.message()).toMatch(
      /^points rejected: 600 \(2 of "metric\.0\.x+…": unknown_metric, .*; and more\)$/,
    );
    expect(rejections.message()?.length).toBeLessThan(3000);
    expect([...rejections.byReason()]).toEqual([['unknown_metric', 600]]);
  });
});
