import type { Attributes } from '@opentelemetry/api';
import { cleanName } from '../../catalog/prometheus-name.ts';
import { escapeQuoted, labelText } from './text.ts';

const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The name of a label, as it is written. */
type Translate = (key: string) => string;

/** Translates attribute keys for one format, and notices when two of them become one label. */
export class LabelNames {
  readonly #utf8: boolean;
  readonly #byKey = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  #ambiguous = false;

  constructor(utf8: boolean) {
    this.#utf8 = utf8;
  }

  /** Whether different sets may have become the same series: different keys the same label, or a label left out. */
  get ambiguous(): boolean {
    return this.#ambiguous;
  }

  /** To Prometheus an empty label is none, and one without a name cannot be written. */
  noteLeftOut(): void {
    this.#ambiguous = true;
  }

  readonly of: Translate = (key) => {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    // One label is the name of the series itself.
    const keeps = this.#utf8 && key !== '__name__';
    const label = keeps ? key : cleanName(key, /[^a-zA-Z0-9_]+/g);
    const written = plainLabel.test(label) ? label : `"${escapeQuoted(label)}"`;
    this.#ambiguous ||= (this.#keys.get(written) ?? key) !== key;
    this.#keys.set(written, key);
    this.#byKey.set(key, written);
    return written;
  };
}

/** Writes the labels of samples: their attributes, and others that every sample has. */
export class LabelWriter {
  readonly #names: LabelNames;
  readonly #constant: Attributes;
  readonly #constantText: string;
  readonly #constantLabels: ReadonlySet<string>;
  readonly #known = new WeakMap<Attributes, string>();

  constructor(names: LabelNames, constant: Attributes) {
    this.#names = names;
    this.#constant = constant;
    this.#constantText = joined(Object.entries(constant), names.of);
    this.#constantLabels = new Set(Object.keys(constant).map(names.of));
  }

  /** `a="1",b="2"`; empty without labels. */
  of(attributes: Attributes): string {
    const known = this.#known.get(attributes);
    if (known !== undefined) return known;
    const entries = Object.entries(attributes);
    if (entries.some(([key, value]) => key === '' || value === '' || value === undefined)) {
      this.#names.noteLeftOut();
    }
    const apart = !entries.some(([key]) => this.#constantLabels.has(this.#names.of(key)));
    const text = apart
      ? listed(joined(entries, this.#names.of), this.#constantText)
      : joined([...entries, ...Object.entries(this.#constant)], this.#names.of);
    if (Object.isFrozen(attributes)) this.#known.set(attributes, text);
    return text;
  }
}

/** Parts of a list of labels as one list; empty parts leave no comma behind. */
export function listed(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(',');
}

/** Writes a sample's line. */
export type SampleWriter = (labels: string, value: string) => string;

/** For samples of one name. A name that is no plain one goes, quoted, among the labels. */
export function sampleWriter(name: string): SampleWriter {
  if (isPlainName(name)) {
    return (labels, value) => (labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`);
  }
  const quoted = familyName(name);
  return (labels, value) => `{${listed(quoted, labels)}} ${value}\n`;
}

/** A family's name in its comments. */
export function familyName(name: string): string {
  return isPlainName(name) ? name : `"${escapeQuoted(name)}"`;
}

function isPlainName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/** Values whose keys become one label are joined in the order of their keys. */
function joined(entries: readonly (readonly [string, unknown])[], translate: Translate): string {
  const values = new Map<string, string>();
  const present = entries.filter(([key, value]) => key !== '' && value !== undefined);
  for (const [key, value] of present) values.set(translate(key), labelText(value));
  if (values.size < present.length) return joinedInOrder(present, translate);
  return write(values);
}

function joinedInOrder(entries: readonly (readonly [string, unknown])[], translate: Translate): string {
  const values = new Map<string, string>();
  for (const [key, value] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const label = translate(key);
    const before = values.get(label);
    values.set(label, before === undefined ? labelText(value) : `${before};${labelText(value)}`);
  }
  return write(values);
}

function write(values: ReadonlyMap<string, string>): string {
  return [...values]
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label}="${escapeQuoted(value)}"`)
    .join(',');
}
