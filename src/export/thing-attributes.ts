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

  /** The things of these rows, one for each; what the rows before had besides is forgotten. */
  thingsOf(rows: readonly Row[]): readonly ThingAttributes[] {
    if (rows === this.#rows) return this.#things;
    let byKey: Map<string, ThingAttributes> | undefined;
    const things = rows.map((row, index) => {
      // A fleet mostly stays as it is, and in its order.
      const thing = this.#things[index];
      if (thing !== undefined && sameThing(this.#rows[index], row)) return thing;
      byKey ??= new Map(this.#rows.flatMap((known, at) => this.#entry(known, at)));
      const key = identityKey(row);
      const found = byKey.get(key) ?? new ThingAttributes(row.identity);
      byKey.set(key, found);
      return found;
    });
    this.#things = things;
    this.#rows = rows;
    return things;
  }

  #entry(row: Row, index: number): [string, ThingAttributes][] {
    const thing = this.#things[index];
    return thing === undefined ? [] : [[identityKey(row), thing]];
  }
}

function sameThing(a: Row | undefined, b: Row): boolean {
  return a !== undefined && a.entity === b.entity && sameText(a.identity, b.identity);
}

function sameText(a: Attributes, b: Attributes): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
