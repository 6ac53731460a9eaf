import type { Attribute, FromResource, Scope } from './model.ts';
import { AttributeReader } from './proto-attributes.ts';
import { ProtoReader } from './proto-reader.ts';

/** What differs between the requests of one signal and another. */
export interface ProtoSignal<Item, Scoped> {
  /** Reads the length and the message behind the tag of what a scope holds. */
  readonly readItem: (reader: ProtoReader, attributes: AttributeReader) => Item;
  readonly scoped: (scope: Scope, schemaUrl: string, items: readonly Item[]) => Scoped;
}

/** Reads a request of any signal: all have resources, scopes and items under the same tags. */
export function readEnvelopes<Item, Scoped>(
  bytes: Uint8Array,
  maxItems: number,
  signal: ProtoSignal<Item, Scoped>,
): readonly FromResource<Scoped>[] {
  return new EnvelopeReader(new ProtoReader(bytes, maxItems), signal).readRequest();
}

/** Calls back for every field up to the end of a message. */
export function readFields(reader: ProtoReader, end: number, field: (tag: number) => void): void {
  while (reader.position < end) field(reader.tag());
  reader.leave(end);
}

interface ScopeDraft extends Scope {
  name: string;
  version: string;
  readonly attributes: Attribute[];
}

/** One method a message; each reads up to the end of its message. Field numbers are in the tags: 10 is 1, 18 is 2, and so on by 8. */
class EnvelopeReader<Item, Scoped> {
  readonly #reader: ProtoReader;
  readonly #attributes: AttributeReader;
  readonly #signal: ProtoSignal<Item, Scoped>;

  constructor(reader: ProtoReader, signal: ProtoSignal<Item, Scoped>) {
    this.#reader = reader;
    this.#attributes = new AttributeReader(reader);
    this.#signal = signal;
  }

  readRequest(): readonly FromResource<Scoped>[] {
    const resources: FromResource<Scoped>[] = [];
    readFields(this.#reader, this.#reader.bytes.length, (tag) => {
      if (tag === 10) resources.push(this.#fromResource());
      else this.#reader.skip(tag);
    });
    return resources;
  }

  #fromResource(): FromResource<Scoped> {
    const attributes: Attribute[] = [];
    const scopes: Scoped[] = [];
    let schemaUrl = '';
    readFields(this.#reader, this.#reader.item(), (tag) => {
      if (tag === 10) this.#resource(attributes);
      else if (tag === 18) scopes.push(this.#scoped());
      else if (tag === 26) schemaUrl = this.#reader.text();
      else this.#reader.skip(tag);
    });
    return { attributes, schemaUrl, scopes };
  }

  #resource(attributes: Attribute[]): void {
    readFields(this.#reader, this.#reader.end(), (tag) => {
      if (tag === 10) attributes.push(this.#attributes.read());
      else this.#reader.skip(tag);
    });
  }

  #scoped(): Scoped {
    const scope: ScopeDraft = { name: '', version: '', attributes: [] };
    const items: Item[] = [];
    let schemaUrl = '';
    readFields(this.#reader, this.#reader.item(), (tag) => {
      if (tag === 10) this.#scope(scope);
      else if (tag === 18) items.push(this.#signal.readItem(this.#reader, this.#attributes));
      else if (tag === 26) schemaUrl = this.#reader.text();
      else this.#reader.skip(tag);
    });
    return this.#signal.scoped(scope, schemaUrl, items);
  }

  /** Adds to what is there, for a message may come in parts. */
  #scope(scope: ScopeDraft): void {
    readFields(this.#reader, this.#reader.end(), (tag) => {
      if (tag === 10) scope.name = this.#reader.text();
      else if (tag === 18) scope.version = this.#reader.text();
      else if (tag === 26) scope.attributes.push(this.#attributes.read());
      else this.#reader.skip(tag);
    });
  }
}
