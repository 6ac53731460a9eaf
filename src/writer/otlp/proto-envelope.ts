import type { Steps } from '../../runtime/steps.ts';
import type { Attribute, FromResource, Scope } from './model.ts';
import { AttributeReader } from './proto-attributes.ts';
import { ProtoReader } from './proto-reader.ts';

/** What differs between the requests of one signal and another. */
export interface ProtoSignal<Item, Scoped> {
  /** Reads the length and the message behind the tag of what a scope holds. */
  readonly readItem: (reader: ProtoReader, attributes: AttributeReader) => Steps<Item>;
  readonly scoped: (scope: Scope, schemaUrl: string, items: readonly Item[]) => Scoped;
}

/** Reads a request of any signal: all have resources, scopes and items under the same tags. */
export function readEnvelopes<Item, Scoped>(
  bytes: Uint8Array,
  maxItems: number,
  signal: ProtoSignal<Item, Scoped>,
): Steps<readonly FromResource<Scoped>[]> {
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

  *readRequest(): Steps<readonly FromResource<Scoped>[]> {
    const reader = this.#reader;
    const resources: FromResource<Scoped>[] = [];
    while (reader.position < reader.bytes.length) {
      const tag = reader.tag();
      if (tag === 10) resources.push(yield* this.#fromResource());
      else reader.skip(tag);
    }
    return resources;
  }

  *#fromResource(): Steps<FromResource<Scoped>> {
    const reader = this.#reader;
    const attributes: Attribute[] = [];
    const scopes: Scoped[] = [];
    let schemaUrl = '';
    const end = reader.item();
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag === 10) this.#resource(attributes);
      else if (tag === 18) scopes.push(yield* this.#scoped());
      else if (tag === 26) schemaUrl = reader.text();
      else reader.skip(tag);
    }
    reader.leave(end);
    return { attributes, schemaUrl, scopes };
  }

  #resource(attributes: Attribute[]): void {
    readFields(this.#reader, this.#reader.end(), (tag) => {
      if (tag === 10) attributes.push(this.#attributes.read());
      else this.#reader.skip(tag);
    });
  }

  *#scoped(): Steps<Scoped> {
    const reader = this.#reader;
    const scope: ScopeDraft = { name: '', version: '', attributes: [] };
    const items: Item[] = [];
    let schemaUrl = '';
    const end = reader.item();
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag === 10) this.#scope(scope);
      else if (tag === 18) items.push(yield* this.#signal.readItem(reader, this.#attributes));
      else if (tag === 26) schemaUrl = reader.text();
      else reader.skip(tag);
    }
    reader.leave(end);
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
