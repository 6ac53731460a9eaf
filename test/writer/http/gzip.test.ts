import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bytesOf, createRig, loadMetric, loadRow, type Rig } from '../support/writer-rig.ts';

const first = gzipSync(bytesOf('protobuf', loadMetric({})));
const second = gzipSync(
  bytesOf('protobuf', loadMetric({ attributes: { ...loadRow.identity, 'probe.id': 'p2' } })),
);
const damaged = Buffer.concat([Buffer.of(0), second.subarray(1)]);

function post({ app }: Rig, ...parts: readonly Uint8Array[]) {
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
  return app.inject({ method: 'POST', url: '/v1/metrics', headers, payload: Buffer.concat(parts) });
}

it.each<[what: string, parts: readonly Uint8Array[], rows: number]>([
  ['one member', [first], 1],
  ['one member and zeros to fill a block', [first, Buffer.alloc(512)], 1],
  ['two members', [first, second], 2],
  ['two members of which the first holds nothing', [gzipSync(''), second], 1],
])('a body of gzip is read to its end (C4): %s', async (_what, parts, rows) => {
  const rig = createRig();
  expect((await post(rig, ...parts)).statusCode).toBe(200);
  expect(rig.store.rows).toHaveLength(rows);
});

it.each<[what: string, parts: readonly Uint8Array[]]>([
  ['a second member whose first byte was lost', [first, damaged]],
  ['zeros and a second member', [first, Buffer.alloc(8), second]],
  ['a second member that is cut short', [first, second.subarray(0, 12)]],
  ['a second member of which there is one byte', [first, second.subarray(0, 1)]],
  ['text behind it', [first, Buffer.from('text')]],
  ['no byte at all', []],
])('nothing is stored of a body of gzip that cannot be read to its end (C34): %s', async (_what, parts) => {
  const rig = createRig();
  const answer = await post(rig, ...parts);
  expect([answer.statusCode, answer.body]).toEqual([400, expect.stringContaining('no valid gzip')]);
  expect(rig.store.rows).toEqual([]);
});
