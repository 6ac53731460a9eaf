import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanonicalTexts } from '../../../src/writer/generic/canonical-text.ts';
import type { Attribute, AttributeValue } from '../../../src/writer/otlp/model.ts';

/** Few of each, so that equal ones come often. */
const name = fc.constantFrom('a', 'b', 'B', '', '__proto__', 'a"', '\u00e9', '\n', '1');
const scalar: fc.Arbitrary<AttributeValue> = fc.oneof(
  name,
  fc.constantFrom('NaN', '1', 'null', 'AQ==', 'b"AQ=="', '{}', '[1]', 'true'),
  fc.boolean(),
  fc.constantFrom(1, 0.1, 1e21, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(2n ** 53n + 1n, -(2n ** 63n)),
  fc.constant(undefined),
  fc.constantFrom(Uint8Array.of(1), Uint8Array.of()),
);
const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  ),
}));
const attributes = fc.array(fc.record({ key: name, value }), { maxLength: 4 });

/** What a list says, whatever its order: of a key that comes twice the last value. Sets of pairs are compared without order. */
function meaningOf(list: readonly Attribute[]): ReadonlyMap<string, AttributeValue> {
  return new Map(list.map((attribute) => [attribute.key, attribute.value]));
}

/** As JSON has it. */
function plain(of: AttributeValue): unknown {
  if (of === undefined) return null;
  if (of instanceof Uint8Array) return Buffer.from(of).toString('base64');
  if (of instanceof Map) return Object.fromEntries([...of].map(([key, inner]) => [key, plain(inner)]));
  if (Array.isArray(of)) return of.map(plain);
  return typeof of === 'bigint' || (typeof of === 'number' && Number.isFinite(of)) ? Number(of) : asText(of);
}

const asText = (of: unknown) => (typeof of === 'number' ? String(of) : of);

const keyOf = (list: readonly Attribute[]): string => new CanonicalTexts().of(list).key;

describe('CanonicalTexts', () => {
  it('gives the same key for what says the same, and for nothing else', () => {
    fc.assert(
      fc.property(attributes, attributes, (one, other) => {
        expect(keyOf(one) === keyOf(other)).toBe(isDeepStrictEqual(meaningOf(one), meaningOf(other)));
      }),
      { numRuns: 3000 },
    );
  });

  it('gives the same key in any order, and says whether a key came twice', () => {
    fc.assert(
      fc.property(attributes, (list) => {
        const distinct = [...meaningOf(list)].map(([key, of]) => ({ key, value: of }));
        const texts = new CanonicalTexts();
        const { key, repeatsKey } = texts.of(list);
        expect(repeatsKey).toBe(distinct.length < list.length);
        expect(texts.of(distinct.toReversed())).toMatchObject({ key, repeatsKey: false });
      }),
    );
  });

  it('gives a document that is JSON of the same', () => {
    fc.assert(
      fc.property(attributes, (list) => {
        expect(JSON.parse(new CanonicalTexts().of(list).document)).toEqual(plain(meaningOf(list)));
      }),
    );
  });

  it('gives what it gave before for the same attributes at the same place, and no more than that', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((key) => ({ key, value: 1 }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three attributes');
    const texts = new CanonicalTexts();
    const first = texts.ofPoint([a, b], 0);
    expect(texts.ofPoint([a, b], 0)).toBe(first);
    expect(texts.ofPoint([a, b], 1)).toEqual(first);
    expect(texts.ofPoint([a, c], 0).key).toBe('{"a":1,"c":1}');
    expect(texts.ofPoint([a], 0).key).toBe('{"a":1}');
    expect(texts.ofPoint([a, b, c], 0).key).toBe('{"a":1,"b":1,"c":1}');
    expect(texts.ofPoint([], 0).key).toBe('{}');
  });
});
