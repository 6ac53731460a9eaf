import { describe, expect, it } from 'vitest';
import type { OracleMetric } from './support/oracle.ts';
import { fieldsOf, messageIn, textIn } from './support/proto-answer.ts';
import {
  bytesOf,
  contentTypes,
  createRig,
  identity,
  loadMetric,
  loadPoints,
  loadRow,
  nowHrTime,
  nowMicros,
  post,
  wires,
} from './support/writer-rig.ts';

const protobuf = { encoding: 'protobuf', gzip: false } as const;
const json = { encoding: 'json', gzip: false } as const;

/** A request that the JSON serializer cannot make. */
const jsonGauge = (...dataPoints: readonly unknown[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: 'probe.load', unit: '{task}', gauge: { dataPoints } }] }] },
      ],
    }),
  );

const jsonAttributes = Object.entries(identity).map(([key, stringValue]) => ({
  key,
  value: { stringValue },
}));

describe('POST /v1/metrics', () => {
  it.each(wires)(
    'stores a request as $encoding, gzip $gzip, and answers in kind (C1, C2, C3, C4, C7)',
    async (wire) => {
      const { app, store } = createRig();
      const answer = await app.inject(post(wire, bytesOf(wire.encoding, loadMetric({}))));
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe(contentTypes[wire.encoding]);
      expect(answer.payload).toBe(wire.encoding === 'json' ? '{}' : '');
      expect(store.rows).toEqual([loadRow]);
    },
  );

  it('makes the same rows of all four forms (C44)', async () => {
    const at = { attributes: identity, time: nowHrTime };
    const start = [1_772_366_000, 1_999] as [number, number];
    const metrics: readonly OracleMetric[] = [
      loadMetric({}, ...loadPoints(20)),
      {
        name: 'probe.temperature',
        unit: 's',
        kind: 'gauge',
        value: 'double',
        points: [{ ...at, value: 0.1 }],
      },
      { name: 'probe.size', unit: 'By', kind: 'updowncounter', value: 'int', points: [{ ...at, value: -5 }] },
      {
        name: 'probe.io',
        unit: 'By',
        kind: 'counter',
        value: 'int',
        points: ['send', 'receive'].map((direction) => ({
          ...at,
          start,
          attributes: { ...identity, direction },
          value: 2 ** 52 + 1,
        })),
      },
      {
        name: 'probe.state',
        unit: '',
        kind: 'gauge',
        value: 'int',
        points: ['idle', 'busy', 'broken'].map((state) => ({
          ...at,
          attributes: { ...identity, 'probe.state': state },
          value: Number(state === 'busy'),
        })),
      },
      {
        name: 'ciris.probe.info',
        unit: '',
        kind: 'gauge',
        value: 'int',
        points: [
          {
            ...at,
            attributes: { ...identity, 'probe.version': '1.2 ü', 'probe.label.color': 'red' },
            value: 1,
          },
        ],
      },
    ];
    const stored = await Promise.all(
      wires.map(async (wire) => {
        const { app, store } = createRig();
        const answer = await app.inject(post(wire, bytesOf(wire.encoding, ...metrics)));
        expect(answer.statusCode).toBe(200);
        return store.rows;
      }),
    );
    const [rows = []] = stored;
    expect(rows).toHaveLength(20);
    expect(rows[0]).toEqual({
      entity: 'probe',
      time: nowMicros,
      start: 1_772_366_000_000_001,
      identity,
      info: { 'probe.version': '1.2 ü', 'probe.label.color': 'red' },
      values: { load: 1, temperature: 0.1, size: -5, sent: 2 ** 52 + 1, received: 2 ** 52 + 1 },
      states: { state: 'busy' },
    });
    for (const others of stored) expect(others).toEqual(rows);
  });

  it('stores integers from strings and from numbers (B17)', async () => {
    const { app, store } = createRig();
    const time = { timeUnixNano: '1772366410123456789' };
    const other = [...jsonAttributes.slice(0, 1), { key: 'probe.id', value: { stringValue: 'p2' } }];
    const body = jsonGauge(
      { ...time, attributes: jsonAttributes, asInt: '42' },
      { ...time, attributes: other, asInt: 42 },
    );
    expect((await app.inject(post(json, body))).payload).toBe('{}');
    expect(store.rows.map(({ time: micros, values }) => [micros, values])).toEqual([
      [1_772_366_410_123_456, { load: 42 }],
      [1_772_366_410_123_456, { load: 42 }],
    ]);
  });

  it('keeps integers above 2^53 exact (B81)', async () => {
    const { app, store } = createRig();
    const body = jsonGauge({
      timeUnixNano: '1772366410123456789',
      attributes: jsonAttributes,
      asInt: '9007199254740993',
    });
    await app.inject(post(json, body));
    expect(store.rows).toMatchObject([{ values: { load: 9_007_199_254_740_993n } }]);
  });

  it.each(wires)('takes nothing at all as $encoding, gzip $gzip (C8)', async (wire) => {
    const { app, store } = createRig();
    const answer = await app.inject(post(wire, Buffer.from(wire.encoding === 'json' ? '{}' : '')));
    expect(answer.statusCode).toBe(200);
    expect(store.calls).toBe(0);
  });

  it('takes a protobuf request without a body (C8)', async () => {
    const { app } = createRig();
    const headers = { 'content-type': 'application/x-protobuf' };
    expect((await app.inject({ method: 'POST', url: '/v1/metrics', headers })).statusCode).toBe(200);
  });

  it('reads the media type whatever its case and parameters (C2)', async () => {
    const { app, store } = createRig();
    const request = post(json, bytesOf('json', loadMetric({})));
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await app.inject({ ...request, headers })).headers['content-type']).toBe('application/json');
    expect(store.rows).toEqual([loadRow]);
  });

  it('takes identity for no compression', async () => {
    const { app } = createRig();
    const { headers, ...request } = post(json, Buffer.from('{}'));
    const answer = await app.inject({ ...request, headers: { ...headers, 'content-encoding': 'identity' } });
    expect(answer.statusCode).toBe(200);
  });

  it('changes nothing when a request comes again (B19, C18)', async () => {
    const { app, store, core } = createRig();
    const request = post(protobuf, bytesOf('protobuf', loadMetric(...loadPoints(100))));
    await app.inject(request);
    expect((await app.inject(request)).statusCode).toBe(200);
    expect(store.rows).toHaveLength(100);
    expect(core.stats()).toMatchObject({
      requests: 2,
      typed: { received: 200, inserted: 100, duplicates: 100 },
    });
  });
});

describe('a request of which some points are rejected', () => {
  const metric = loadMetric(...loadPoints(99), { time: [0, 0] });

  it('is stored but for them, as the answer says in JSON (B78, C9)', async () => {
    const { app, store } = createRig();
    const answer = await app.inject(post(json, bytesOf('json', metric)));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '1',
        errorMessage: expect.stringContaining('"probe.load": time_missing'),
      },
    });
    expect(store.rows).toHaveLength(99);
  });

  it('is stored but for them, as the answer says in protobuf (B78, C9)', async () => {
    const { app, store } = createRig();
    const answer = await app.inject(post(protobuf, bytesOf('protobuf', metric)));
    expect(answer.statusCode).toBe(200);
    const partial = messageIn(fieldsOf(answer.rawPayload), 1);
    expect(partial.get(1)).toBe(1);
    expect(textIn(partial, 2)).toContain('"probe.load": time_missing');
    expect(store.rows).toHaveLength(99);
  });

  it('counts more than a byte holds', async () => {
    const { app } = createRig();
    const answer = await app.inject(
      post(protobuf, bytesOf('protobuf', { ...metric, unit: 'wrong' }, { ...metric, unit: 'x' })),
    );
    expect(messageIn(fieldsOf(answer.rawPayload), 1).get(1)).toBe(200);
  });

  it('without a time, too old and too far ahead leaves no row (B80, C25, C42)', async () => {
    const { app, store, core } = createRig();
    const [seconds] = nowHrTime;
    const times = [0, seconds + 301, seconds - 7 * 86_400 - 1].map((second) => ({
      time: [second, 0] as [number, number],
    }));
    const answer = await app.inject(post(json, bytesOf('json', loadMetric(...times))));
    expect(answer.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: '3' } });
    expect(store.rows).toEqual([]);
    expect([...core.stats().rejected]).toEqual([
      ['time_missing', 1],
      ['time_in_future', 1],
      ['time_too_old', 1],
    ]);
  });

  it('keeps what is not a number out of the rows (B87)', async () => {
    const { app, store, core } = createRig();
    const temperatures = [Number.NaN, ...Array.from({ length: 9 }, (_, index) => index)];
    const points = temperatures.map((value, index) => ({
      attributes: { ...identity, 'probe.id': `p${index}` },
      time: nowHrTime,
      value,
    }));
    const sent: OracleMetric = {
      name: 'probe.temperature',
      unit: 's',
      kind: 'gauge',
      value: 'double',
      points,
    };
    await app.inject(post(protobuf, bytesOf('protobuf', sent)));
    expect(store.rows.map(({ values }) => values)).toEqual(
      temperatures.slice(1).map((temperature) => ({ temperature })),
    );
    expect([...core.stats().rejected]).toEqual([['value_not_finite', 1]]);
  });

  it('rejects delta sums (B88, C29)', async () => {
    const { app, store } = createRig();
    const io = { attributes: { ...identity, direction: 'send' }, time: nowHrTime, value: 5 };
    const sent: OracleMetric = { name: 'probe.io', unit: 'By', kind: 'delta', value: 'int', points: [io] };
    const answer = await app.inject(post(json, bytesOf('json', sent)));
    expect(answer.json()).toMatchObject({
      partialSuccess: { errorMessage: expect.stringContaining('wrong_temporality') },
    });
    expect(store.rows).toEqual([]);
  });

  it('is rejected in part by the database too', async () => {
    const { app, store, core } = createRig();
    store.refuse = (row) => (row.identity['probe.id'] === 'p1' ? 'its identity is too long' : undefined);
    const answer = await app.inject(post(json, bytesOf('json', loadMetric(...loadPoints(3)))));
    expect(answer.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '1',
        errorMessage: expect.stringMatching(/"probe": refused_row, .*\(its identity is too long\)/),
      },
    });
    expect(store.rows).toHaveLength(2);
    expect([...core.stats().rejected]).toEqual([['refused_row', 1]]);
  });
});

describe('a request that is stored, but odd', () => {
  const twice = {
    attributes: [...jsonAttributes, jsonAttributes[0]],
    timeUnixNano: '1772366410123456789',
    asInt: 1,
  };

  it('is answered with a warning in JSON (C10, C31)', async () => {
    const { app, core } = createRig();
    const answer = await app.inject(post(json, jsonGauge(twice)));
    expect(answer.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '0',
        errorMessage: 'lists of attributes that name one twice, its last value taken: 1',
      },
    });
    expect(core.stats()).toMatchObject({ typed: { inserted: 1 }, repeatedKeys: 1 });
  });
});
