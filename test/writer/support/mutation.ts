import fc from 'fast-check';

export interface Mutation {
  readonly at: number;
  readonly byte: number;
  readonly cut: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat({ max: 5000 }),
  byte: fc.nat({ max: 255 }),
  cut: fc.nat({ max: 3 }),
});

/** A few small faults in a body. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, {
  minLength: 1,
  maxLength: 4,
});

/** Puts one byte in the place of none to three. */
export function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  return changes.reduce<Uint8Array>((current, { at, byte, cut }) => {
    const index = at % (current.length + 1);
    return Uint8Array.from([...current.subarray(0, index), byte, ...current.subarray(index + cut)]);
  }, bytes);
}
