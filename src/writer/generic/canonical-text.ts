import type { Attribute, AttributeValue } from '../otlp/model.ts';

/** Attributes as text, whatever order they came in. */
export interface CanonicalText {
  /** The same for the same attributes and for no others: JSON in which bytes, infinity and what is no number have signs of their own. */
  readonly key: string;
  /** JSON of the same, where those are texts; bytes in base64. */
  readonly document: string;
  /** Whether a key came twice; then the last value holds. */
  readonly repeatsKey: boolean;
}

/** One attribute as text. */
interface Member {
  readonly name: string;
  readonly key: string;
  readonly document: string;
}

/** More than the decoder of protobuf gives again; that of JSON gives none again, and its attributes are many. */
const maxMembers = 10_000;

/** A list of attributes whose text was made. */
interface Written {
  readonly attributes: readonly Attribute[];
  readonly text: CanonicalText;
}

/**
 * Writes attributes of one request as text. The decoder gives the same object for an attribute that comes again, and most metrics of a
 * sender have points with the same attributes in the same order, so the text of each attribute and of most lists is made once.
 */
export class CanonicalTexts {
  readonly #members = new Map<Attribute, Member>();
  /** By the place of their point among those of its metric. */
  readonly #written: (Written | undefined)[] = [];

  /** The text of the attributes of a point, which is at this place among those of its metric. */
  ofPoint(attributes: readonly Attribute[], place: number): CanonicalText {
    const last = this.#written[place];
    if (last !== undefined && isSameList(last.attributes, attributes)) return last.text;
    const text = this.of(attributes);
    this.#written[place] = { attributes, text };
    return text;
  }

  of(attributes: readonly Attribute[]): CanonicalText {
    const members = attributes.map((attribute) => this.#memberOf(attribute));
    if (isAscending(members)) return textOf(members, false);
    members.sort(byName);
    const lasts = members.filter(({ name }, index) => name !== members[index + 1]?.name);
    return textOf(lasts, lasts.length < members.length);
  }

  #memberOf(attribute: Attribute): Member {
    const known = this.#members.get(attribute);
    if (known !== undefined) return known;
    const { key: name, value } = attribute;
    const quoted = JSON.stringify(name);
    const key = `${quoted}:${valueText(value, exactly)}`;
    const document = isExotic(value) ? `${quoted}:${valueText(value, inJson)}` : key;
    const member = { name, key, document };
    if (this.#members.size >= maxMembers) this.#members.clear();
    this.#members.set(attribute, member);
    return member;
  }
}

function isSameList(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

function isAscending(members: readonly Member[]): boolean {
  let last: string | undefined;
  for (const { name } of members) {
    if (last !== undefined && last >= name) return false;
    last = name;
  }
  return true;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function textOf(members: readonly Member[], repeatsKey: boolean): CanonicalText {
  let key = '';
  let isSame = true;
  for (const member of members) {
    key = key === '' ? member.key : `${key},${member.key}`;
    isSame &&= member.document === member.key;
  }
  key = `{${key}}`;
  const document = isSame ? key : `{${members.map((member) => member.document).join(',')}}`;
  return { key, document, repeatsKey };
}

/** How what JSON lacks is written. */
interface Notation {
  readonly bytes: (base64: string) => string;
  readonly number: (value: number) => string;
}

const exactly: Notation = { bytes: (base64) => `b"${base64}"`, number: String };
const inJson: Notation = { bytes: (base64) => `"${base64}"`, number: (value) => `"${value}"` };

function valueText(value: AttributeValue, notation: Notation): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return notation.number(value);
  // Minus zero is zero.
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value === undefined) return 'null';
  if (value instanceof Uint8Array)
    return notation.bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'));
  if (isMap(value)) {
    const members = [...value].map(([name, inner]) => ({
      name,
      text: `${JSON.stringify(name)}:${valueText(inner, notation)}`,
    }));
    return `{${members
      .sort(byName)
      .map(({ text }) => text)
      .join(',')}}`;
  }
  return `[${value.map((inner) => valueText(inner, notation)).join(',')}]`;
}

/** Whether JSON has no form of its own for something in it. */
function isExotic(value: AttributeValue): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object') return false;
  if (value instanceof Uint8Array) return true;
  return isMap(value) ? [...value.values()].some(isExotic) : value.some(isExotic);
}

function isMap(
  value: readonly AttributeValue[] | ReadonlyMap<string, AttributeValue>,
): value is ReadonlyMap<string, AttributeValue> {
  return value instanceof Map;
}
