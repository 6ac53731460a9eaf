import type { Random } from '../e2e/support/random.ts';
import { bounded } from './bounded.ts';
import { type Field, parseFields, writeFields } from './protobuf-tree.ts';

const whole: readonly bigint[] = [
  0n,
  1n,
  2n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Changes the tree of a protobuf message: fields for others, taken out, repeated, renumbered, of another type, of a wrong length. */
export function mutateProtobuf(bytes: Uint8Array, random: Random): Uint8Array {
  const fields = parseFields(bytes) ?? [];
  for (let count = 1 + random.below(3); count > 0; count -= 1) mutateOnce(fields, random);
  return writeFields(fields);
}

function mutateOnce(fields: Field[], random: Random): void {
  const all = listsOf(fields);
  const list = random.pick(all);
  if (list.length === 0) return;
  const at = random.below(list.length);
  const field = random.pick([list[at] ?? { number: 1, wire: 0, value: 0n }]);
  switch (random.below(8)) {
    case 0:
      list.splice(at, 1);
      return;
    case 1: {
      const times = bounded(random.pick([1, 2, 20, 200]), writeFields([field]).length);
      list.splice(at, 0, ...Array.from({ length: times }, () => copyOf(field)));
      return;
    }
    case 2:
      list.splice(at, 1, { ...field, number: random.pick([0, 1, 2, 3, 5, 7, 9, 10, 11, 99, 2 ** 29 - 1]) });
      return;
    case 3:
      list.splice(at, 1, { number: field.number, wire: random.pick([0, 1, 5]), value: random.pick(whole) });
      return;
    case 4:
      list.splice(at, 1, { ...field, lie: random.pick([-1, 1, 5, 1000, 2 ** 31]) });
      return;
    case 5: {
      const other = random.pick(random.pick(all.filter(({ length }) => length > 0)));
      list.splice(random.below(list.length + 1), 0, copyOf(other));
      return;
    }
    case 6:
      list.splice(at, 1, nested(field, random.pick([1, 10, 150])));
      return;
    default:
      list.splice(at, 1, { ...field, wire: random.pick([3, 4, 6, 7, field.wire]) });
  }
}

/** Lists are changed in place and bytes are not: a structured clone would copy all that bytes are a part of, each time. */
function copyOf(field: Field): Field {
  return Array.isArray(field.value) ? { ...field, value: field.value.map(copyOf) } : field;
}

function nested(field: Field, depth: number): Field {
  let deep = copyOf(field);
  for (let left = depth; left > 0; left -= 1) deep = { number: field.number, wire: 2, value: [deep] };
  return deep;
}

function listsOf(fields: Field[]): Field[][] {
  return [fields, ...fields.flatMap(({ value }) => (Array.isArray(value) ? listsOf(value) : []))];
}
