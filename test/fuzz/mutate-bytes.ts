import type { Random } from '../e2e/support/random.ts';

/** Changes bytes without regard to what they mean: flipped, put in, taken out, repeated, cut short. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(64, bytes.length - at + 1));
  const [head, part, tail] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  switch (random.below(6)) {
    case 0:
      return flipped(bytes, random);
    case 1:
      return Buffer.concat([head, tail]);
    case 2:
      return Buffer.concat([head, part, part, tail]);
    case 3:
      return Buffer.concat([
        head,
        Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256)),
        part,
        tail,
      ]);
    case 4:
      return head;
    default:
      return Buffer.concat([head, Uint8Array.from(part, () => random.pick([0, 0x7f, 0x80, 0xff])), tail]);
  }
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let count = 1 + random.below(4); count > 0 && copy.length > 0; count -= 1) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return copy;
}
