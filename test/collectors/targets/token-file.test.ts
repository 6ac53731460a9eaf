import { expect, it } from 'vitest';
import { tokenInFile } from '../../../src/collectors/targets/token-source.ts';

const { signal } = new AbortController();

it('a token file whose disk hangs is unreadable after a while, and is not read again on top', async () => {
  const reads: PromiseWithResolvers<string>[] = [];
  const readText = () => {
    const read = Promise.withResolvers<string>();
    reads.push(read);
    return read.promise;
  };
  const source = tokenInFile('/far/token', { timeoutMs: 10, readText });
  for (let time = 0; time < 3; time += 1) {
    expect(await source.check(signal)).toEqual({
      state: 'unreadable',
      trouble: 'the token file /far/token was not read in time; see whether its disk hangs',
    });
  }
  expect(reads).toHaveLength(1);
  const told = source.read({ fresh: false, signal });
  reads[0]?.resolve('made-up-token\n');
  expect(await told).toEqual({ outcome: 'token', token: 'made-up-token' });
});

it('whoever does not wait any longer is told nothing of the token', async () => {
  const source = tokenInFile('/far/token', { readText: () => new Promise(() => {}) });
  const leaving = new AbortController();
  const told = source.read({ fresh: false, signal: leaving.signal });
  leaving.abort(new Error('gone'));
  await expect(told).rejects.toThrow('gone');
});
