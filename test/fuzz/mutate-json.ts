import type { Random } from '../e2e/support/random.ts';
import { bounded } from './bounded.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Two lists, of which the same index is a place in a tree: what holds the value, and where in it. */
interface Places {
  readonly holders: (Json[] | { [key: string]: Json })[];
  readonly keys: string[];
}

const interesting: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e308,
  5e-324,
  0.5,
  '',
  '0',
  '-1',
  '18446744073709551615',
  '18446744073709551616',
  '-9223372036854775808',
  '9223372036854775807',
  '1e3',
  '0x10',
  ' 1',
  'NaN',
  'Infinity',
  '-Infinity',
  'a\u0000b',
  '\ud800',
  '__proto__',
  'constructor',
  '\u202e'.repeat(20),
  'x'.repeat(9000),
  [],
  {},
  [[]],
  [null],
  [{}],
];

const keys = [
  ...[
    'resourceMetrics',
    'scopeMetrics',
    'metrics',
    'resourceLogs',
    'resource',
    'scope',
    'attributes',
    'name',
  ],
  ...['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary', 'dataPoints', 'asInt', 'asDouble'],
  ...['timeUnixNano', 'startTimeUnixNano', 'aggregationTemporality', 'isMonotonic', 'bucketCounts'],
  ...['explicitBounds', 'count', 'scale', 'positive', 'quantileValues', 'key', 'value', 'stringValue'],
  ...[
    'intValue',
    'arrayValue',
    'kvlistValue',
    'bytesValue',
    'flags',
    'exemplars',
    '__proto__',
    'resource_metrics',
    '',
  ],
];

/** Changes the tree of a JSON text: values for others, places swapped, taken out, repeated, renamed, nested deep. */
export function mutateJson(text: string, random: Random): string {
  const root: { [key: string]: Json } = { tree: JSON.parse(text) };
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const places: Places = { holders: [], keys: [] };
    gather(root, places);
    const [slot, other] = [slotOf(places, random), slotOf(places, random)];
    if (slot === undefined || other === undefined) break;
    random.pick(changes)(slot, other, random);
  }
  return JSON.stringify(root.tree ?? null);
}

function gather(holder: Json, places: Places): void {
  if (typeof holder !== 'object' || holder === null) return;
  for (const [key, value] of Object.entries(holder)) {
    places.holders.push(holder);
    places.keys.push(key);
    gather(value, places);
  }
}

/** Any of them; undefined where there is none. */
function slotOf({ holders, keys }: Places, random: Random): Slot | undefined {
  const at = random.below(holders.length);
  const [holder, key] = [holders[at], keys[at]];
  if (holder === undefined || key === undefined) return undefined;
  return Array.isArray(holder) ? elementSlot(holder, Number(key)) : fieldSlot(holder, key);
}

/** A place in a tree that holds a value. */
interface Slot {
  get(): Json;
  set(value: Json): void;
  remove(): void;
  /** Puts it there a second time. */
  repeat(times: number): void;
  rename(key: string): void;
}

const changes: readonly ((slot: Slot, other: Slot, random: Random) => void)[] = [
  // A copy, for it may be changed in its new place.
  (slot, _, random) => slot.set(copyOf(random.pick(interesting))),
  (slot, _, random) => slot.set(changedText(slot.get(), random)),
  (slot) => slot.remove(),
  (slot, _, random) => slot.repeat(bounded(random.pick([1, 2, 20, 200]), JSON.stringify(slot.get()).length)),
  (slot, _, random) => slot.rename(random.pick(keys)),
  (slot, other) => slot.set(copyOf(other.get())),
  (slot, _, random) => slot.set(nested(slot.get(), random.pick([1, 10, 150]), random)),
];

function nested(value: Json, depth: number, random: Random): Json {
  const wrap = random.pick<(inner: Json) => Json>([
    (inner) => [inner],
    (inner) => ({ arrayValue: { values: [inner] } }),
    (inner) => ({ kvlistValue: { values: [{ key: 'k', value: inner }] } }),
  ]);
  let deep = copyOf(value);
  for (let left = depth; left > 0; left -= 1) deep = wrap(deep);
  return deep;
}

function changedText(value: Json, random: Random): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value).slice(0, 40);
  const at = random.below(text.length + 1);
  return text.slice(0, at) + String.fromCharCode(random.below(0x3000)) + text.slice(at + random.below(3));
}

const copyOf = (value: Json): Json => JSON.parse(JSON.stringify(value));

function elementSlot(holder: Json[], index: number): Slot {
  const get = (): Json => holder[index] ?? null;
  return {
    get,
    set: (value) => void holder.splice(index, 1, value),
    remove: () => void holder.splice(index, 1),
    repeat: (times) => void holder.splice(index, 0, ...Array.from({ length: times }, () => copyOf(get()))),
    rename: (key) => void holder.splice(index, 1, { [key]: get() }),
  };
}

function fieldSlot(holder: { [key: string]: Json }, key: string): Slot {
  const get = (): Json => holder[key] ?? null;
  const set = (at: string, value: Json): void => {
    // Plain assignment would not make a key of this name.
    Object.defineProperty(holder, at, { value, enumerable: true, configurable: true, writable: true });
  };
  return {
    get,
    set: (value) => set(key, value),
    remove: () => void delete holder[key],
    repeat: (times) =>
      set(
        key,
        Array.from({ length: times }, () => copyOf(get())),
      ),
    rename: (to) => {
      const value = get();
      delete holder[key];
      set(to, value);
    },
  };
}
