import { describe, expect, it } from 'vitest';
import { BuildBook, compareBuilds, factsOf } from '../../../src/collectors/versions/build-book.ts';
import {
  compareVersions,
  hashOf,
  isFixedTag,
  parseImage,
} from '../../../src/collectors/versions/image-reference.ts';

const digits = '0123456789abcdef'.repeat(4);

it.each([
  ['ghcr.io/cirisai/ciris-agent:2.9.33-stable', 'ghcr.io/cirisai/ciris-agent', '2.9.33-stable', undefined],
  [`ghcr.io/cirisai/ciris-agent@sha256:${digits}`, 'ghcr.io/cirisai/ciris-agent', undefined, digits],
  [`localhost:5000/agent:1.0.0@sha256:${digits}`, 'localhost:5000/agent', '1.0.0', digits],
  ['localhost:5000/agent', 'localhost:5000/agent', undefined, undefined],
  ['nginx:alpine', 'nginx', 'alpine', undefined],
  ['nginx', 'nginx', undefined, undefined],
  [`sha256:${digits}`, undefined, undefined, digits],
  ['F5BB20D99823', undefined, undefined, 'f5bb20d99823'],
  ['agent@sha256:', 'agent', undefined, undefined],
  ['', undefined, undefined, undefined],
])('the parts of %s', (text, repository, tag, hash) => {
  expect(parseImage(text)).toEqual({ repository, tag, hash });
});

it.each(['sha256:abcde', 'abcdef12345', `sha512:${digits}`, `${digits}0`, 'unknown', ''])(
  'what is too short, too long or no hash is none: %s',
  (text) => {
    expect(hashOf(text)).toBeUndefined();
  },
);

it.each([
  ['2.9.33-stable', true],
  ['v1.1.9', true],
  ['sha-0123abc', true],
  ['0123456789abcdef0123456789abcdef01234567', true],
  ['latest', false],
  ['stable', false],
  ['main', false],
  ['1.27', false],
  ['alpine', false],
  ['decade', false],
  ['facaded', false],
])('whether the tag %s stays with its build', (tag, isFixed) => {
  expect(isFixedTag(tag)).toBe(isFixed);
});

it.each([
  ['2.9.33', '2.10.0', -1],
  ['2.9.33-stable', '2.9.33-stable', 0],
  ['2.9.33-stable', '2.7.6-stable', 1],
  ['2.10', '2.9.33', 1],
  ['2.9.33', '2.9.33-stable', undefined],
  ['2.9.33', 'sha-0123abc', undefined],
  ['dev', '2.9.33', undefined],
  ['1.2.3.4', '1.2.2', undefined],
])('%s against %s', (a, b, sign) => {
  const difference = compareVersions(a, b);
  expect(difference === undefined ? undefined : Math.sign(difference)).toBe(sign);
});

describe('builds', () => {
  const whole = 'a'.repeat(40) + 'b'.repeat(24);

  it('are the same by a hash, by a version, and by both in a row', () => {
    const [image, byDigest, byTag] = [
      factsOf({ image: `agent@sha256:${whole}`, id: digits }),
      factsOf({ digest: `sha256:${whole}` }),
      factsOf({ image: 'agent:v2.9.33', id: digits }),
    ];
    const book = new BuildBook([image, byDigest, byTag]);
    expect(book.find(byDigest)).toBe(book.find(factsOf({ tag: '2.9.33' })));
    expect(book.find(byDigest)).toBe(book.find(image));
  });

  it('are known by a short hash where only one begins so', () => {
    const [one, other] = [`${'a'.repeat(14)}${digits.slice(14)}`, `${'a'.repeat(13)}${digits.slice(13)}`];
    const short = factsOf({ image: one.slice(0, 12) });
    const alone = new BuildBook([short, factsOf({ id: one })]);
    expect(alone.find(short)).toBe(alone.find(factsOf({ id: one })));
    const both = new BuildBook([short, factsOf({ id: one }), factsOf({ id: other })]);
    expect(both.find(factsOf({ id: one }))).not.toBe(both.find(factsOf({ id: other })));
    expect([both.find(factsOf({ id: one })), both.find(factsOf({ id: other }))]).not.toContain(
      both.find(short),
    );
  });

  it('are not known by a tag that moves', () => {
    const latest = factsOf({ image: 'agent:latest' });
    expect(
      new BuildBook([latest, factsOf({ image: 'agent:latest', id: digits })]).find(latest),
    ).toBeUndefined();
  });

  it('the id of an image is not shown as its digest', () => {
    expect(factsOf({ image: `sha256:${digits}`, id: `sha256:${digits}` }).digest).toBeUndefined();
    expect(factsOf({ image: 'agent:1.0.0', digest: 'sha256:abcdef123456' }).digest).toBeUndefined();
    expect(factsOf({ image: `agent@sha256:${digits}` }).digest).toBe(`sha256:${digits}`);
  });

  it('with versions that disagree are neither higher nor lower', () => {
    const book = new BuildBook([
      factsOf({ image: 'agent:2.9.33', id: whole }),
      factsOf({ image: 'agent:2.9.31', id: whole }),
      factsOf({ image: 'agent:2.9.32' }),
      factsOf({ image: 'agent:2.9.30' }),
    ]);
    const [both, between, below] = ['2.9.33', '2.9.32', '2.9.30'].map((tag) => book.find(factsOf({ tag })));
    if (both === undefined || between === undefined || below === undefined) throw new Error('no builds');
    expect(compareBuilds(both, between)).toBeUndefined();
    expect(compareBuilds(both, below)).toBe(1);
  });
});
