import { expect, it } from 'vitest';
import { ChunkList } from '../../../src/writer/http/chunk-list.ts';

const patternOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => index % 251));

function listOf(body: Buffer, size: number): ChunkList {
  const list = new ChunkList();
  for (let from = 0; from < body.length; from += size) list.add(body.subarray(from, from + size));
  return list;
}

it.each([1, 3, 700, 1024, 5000, 1_000_000])('gives the body back that came in chunks of %s', (size) => {
  const body = patternOf(300_000);
  expect(body.equals(listOf(body, size).bytes())).toBe(true);
});

it('B85: holds few pieces of memory however small the chunks are', () => {
  expect(listOf(patternOf(300_000), 1).pieces).toBeLessThan(1500);
});

it('leaves chunks alone that are worth keeping', () => {
  expect(listOf(patternOf(1_100_000), 2000).pieces).toBe(550);
});

it('is empty at first', () => {
  expect(new ChunkList().bytes()).toHaveLength(0);
});
