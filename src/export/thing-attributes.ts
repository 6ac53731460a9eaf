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
  #rows: readonly Row[] = [];
  #things: readonly ThingAttributes[] = [];
  #byKey: ReadonlyMap<string, ThingAttributes> = new Map();

  /** The things of these rows, one for each; what the rows before had besides is forgotten. */
  thingsOf(rows: readonly Row[]): readonly ThingAttributes[] {
    if (rows === this.#rows) return this.#things;
    const byKey = new Map<string, ThingAttributes>();
    this.#things = rows.map((row) => {
      const key = identityKey(row);
      const thing = byKey.get(key) ?? this.#byKey.get(key) ?? new ThingAttributes(row.identity);
      byKey.set(key, thing);
      return thing;
    });
    this.#byKey = byKey;
    this.#rows = rows;
    return this.#things;
  }
}

function sameText(a: Attributes, b: Attributes): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
