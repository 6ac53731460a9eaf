import { describe, expect, it } from 'vitest';
import { entityOf } from '../../src/metric/define.ts';
import { identityKey, toRow } from '../../src/metric/row.ts';

interface Sample {
  readonly id: string;
  readonly count: number | undefined;
  readonly level: number | undefined;
  readonly mood?: 'calm' | 'tense';
  readonly name?: string;
  readonly startedAt?: number;
}

const of = entityOf<Sample>();
const thing = of.entity({
  name: 'thing',
  brief: 'A thing.',
  identity: { 'thing.id': { brief: 'Its id.', read: (s) => s.id } },
  info: { 'thing.name': { brief: 'Its name.', read: (s) => s.name } },
  infoMaps: { 'thing.label.': { brief: 'Labels.', column: 'labels', read: (s) => ({ a: s.id, empty: '' }) } },
  start: (s) => s.startedAt,
  metrics: {
    count: of.counter({
      name: 'thing.count',
      unit: '{count}',
      value: 'int',
      brief: 'Count.',
      read: (s) => s.count,
    }),
    level: of.gauge({
      name: 'thing.level',
      unit: 's',
      value: 'double',
      brief: 'Level.',
      read: (s) => s.level,
    }),
    mood: of.stateset({ name: 'thing.mood', brief: 'Mood.', states: ['calm', 'tense'], read: (s) => s.mood }),
  },
});

const row = (sample: Partial<Sample>) =>
  toRow(thing, { id: 'x', count: undefined, level: undefined, ...sample }, 5);

describe('toRow', () => {
  it('reads identity, info, values and states by the definition', () => {
    expect(row({ count: 3, level: 1.5, mood: 'calm', name: 'n', startedAt: 1 })).toEqual({
      entity: 'thing',
      time: 5,
      start: 1,
      identity: { 'thing.id': 'x' },
      info: { 'thing.name': 'n', 'thing.label.a': 'x' },
      values: { count: 3, level: 1.5 },
      states: { mood: 'calm' },
    });
  });

  it('leaves out what is not known, and never puts zero or an empty text in its place', () => {
    const { values, states, info } = row({ name: '' });
    expect({ values, states, info }).toEqual({ values: {}, states: {}, info: { 'thing.label.a': 'x' } });
  });

  it.each([
    ['an infinite level', { level: Number.POSITIVE_INFINITY }],
    ['a level that is no number', { level: Number.NaN }],
    ['a count below zero', { count: -1 }],
    ['half a count', { count: 1.5 }],
    ['a count that a double cannot hold', { count: 2 ** 53 }],
  ])('leaves out %s', (_, sample) => {
    expect(row(sample).values).toEqual({});
  });

  it('replaces half a character, which would make JSON of it unreadable to others', () => {
    const { identity, info } = row({ id: 'cut \ud83d', name: '\ude00 off, \ud83d\ude00 whole' });
    expect({ identity, info }).toEqual({
      identity: { 'thing.id': 'cut \ufffd' },
      info: { 'thing.name': '\ufffd off, \ud83d\ude00 whole', 'thing.label.a': 'cut \ufffd' },
    });
  });

  it('keeps a true zero', () => {
    expect(row({ count: 0, level: 0 }).values).toEqual({ count: 0, level: 0 });
  });

  it('gives a start only to a row that counts something', () => {
    expect(row({ level: 1, startedAt: 1 })).not.toHaveProperty('start');
    expect(row({ count: 1 })).not.toHaveProperty('start');
  });
});

describe('identityKey', () => {
  it('does not depend on the order of attributes', () => {
    expect(identityKey({ entity: 'e', identity: { a: '1', b: '2' } })).toBe(
      identityKey({ entity: 'e', identity: { b: '2', a: '1' } }),
    );
  });

  it('tells apart values that would look alike when joined', () => {
    const first = identityKey({ entity: 'e', identity: { a: '1,b', b: '2' } });
    expect(first).not.toBe(identityKey({ entity: 'e', identity: { a: '1', b: 'b,2' } }));
  });
});
