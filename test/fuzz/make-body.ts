import { gzipSync } from 'node:zlib';
import type { Random } from '../e2e/support/random.ts';
import type { Seed } from './corpus.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { mutateProtobuf } from './mutate-protobuf.ts';

export interface Body {
  readonly path: Seed['path'];
  readonly type: 'application/json' | 'application/x-protobuf';
  readonly gzip: boolean;
  readonly bytes: Uint8Array;
}

/** The next body: a good one with its meaning changed, or its bytes, or both, or what is compressed. */
export function makeBody(corpus: readonly Seed[], random: Random): Body {
  const seed = random.pick(corpus);
  const json = random.next() < 0.5;
  const gzip = random.next() < 0.5;
  let bytes = inTree(seed, json, random);
  if (random.next() < 0.3) bytes = mutateBytes(bytes, random);
  let sent: Uint8Array = gzip ? gzipSync(bytes, { level: 1 }) : bytes;
  if (gzip && random.next() < 0.2) sent = mutateBytes(sent, random);
  // Now and then a body that is something else than it says.
  const saidJson = random.next() < 0.01 ? !json : json;
  const path = random.next() < 0.01 ? random.pick(corpus).path : seed.path;
  return { path, type: saidJson ? 'application/json' : 'application/x-protobuf', gzip, bytes: sent };
}

function inTree({ json, protobuf }: Seed, asJson: boolean, random: Random): Uint8Array {
  if (random.next() < 0.2) return asJson ? Buffer.from(json) : protobuf;
  return asJson ? Buffer.from(mutateJson(json, random)) : mutateProtobuf(protobuf, random);
}
