import { type Attributes, identityKey, type Row } from '../metric/row.ts';

/** The attribute sets of one thing's points: the same frozen objects from snapshot to snapshot. */
export class ThingAttributes {
  readonly identity: Attributes;
  readonly #extended = new Map<string, Attributes>();
  #info: { readonly source: Attributes; readonly merged: Attributes } | undefined;

  constructor(identity: Attributes) {
    this.identity = Object.freeze({ ...identity });
  }

  /** Identity and the constants of one point, kept under a key that stands for these constants. */
  with(key: string, constants: Attributes): Attributes {
    const known = this.#extended.get(key);
    if (known !== undefined) return known;
    const extended = Object.freeze({ ...this.identity, ...constants });
    this.#extended.set(key, extended);
    return extended;
  }

  withInfo(info: Attributes): Attributes {
    if (this.#info === undefined || !sameText(this.#info.source, info)) {
      this.#info = { source: info, merged: Object.freeze({ ...this.identity, ...info }) };
    }
    return this.#info.merged;
  }
}

/**
 * Remembers attribute sets for as long as their things are seen, so that whoever derives something costly from a set, such as a
 * label string, may keep it by the identity of the object.
 */
export class AttributeMemo {
  #seen = new Map<string, ThingAttributes>();
  #before = new Map<string, ThingAttributes>();
  readonly #byRow = new WeakMap<Row, { readonly key: string; readonly thing: ThingAttributes }>();

  /** A new replay begins: what the one before did not see is forgotten. */
  begin(): void {
    this.#before = this.#seen;
    this.#seen = new Map();
  }

  of(row: Row): ThingAttributes {
    const known = this.#byRow.get(row);
    const key = known?.key ?? identityKey(row);
    const thing =
      known?.thing ?? this.#seen.get(key) ?? this.#before.get(key) ?? new ThingAttributes(row.identity);
    if (known === undefined) this.#byRow.set(row, { key, thing });
    this.#seen.set(key, thing);
    return thing;
  }
}

function sameText(a: Attributes, b: Attributes): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
