import type { Attributes } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { OncePerChange } from '../once-per-change.ts';
import { type Family, familiesOf, histogramSuffixes } from './family.ts';
import { type FamilyContext, writeFamily } from './family-writer.ts';
import { type Format, hasSuffixes } from './format.ts';
import { LabelNames, LabelWriter, sampleWriter } from './labels.ts';
import type { PrometheusOptions } from './options.ts';
import { SampleCache } from './sample-cache.ts';

const reservedNames: ReadonlySet<string> = new Set(['target_info', 'target']);

/** Writes collected metrics as an exposition. Keeps label strings from one to the next. */
export class Exposition {
  readonly #resource: Attributes;
  readonly #options: PrometheusOptions;
  readonly #complaints: OncePerChange;
  readonly #plain: Labelling;
  readonly #utf8: Labelling;

  constructor(resource: Resource, options: PrometheusOptions, complaints: OncePerChange) {
    this.#resource = resource.attributes;
    this.#options = options;
    this.#complaints = complaints;
    const constants = chosen(resource.attributes, options.resourceConstantLabels ?? []);
    const scopeLabels = options.scopeInfoEnabled ?? true;
    this.#plain = new Labelling(new LabelNames(false), constants, scopeLabels);
    this.#utf8 = new Labelling(new LabelNames(true), constants, scopeLabels);
  }

  write(scopes: readonly ScopeMetrics[], format: Format): string {
    const labelling = format.utf8 ? this.#utf8 : this.#plain;
    const strategy = this.#options.translationStrategy ?? 'UnderscoreEscapingWithSuffixes';
    const families = familiesOf(scopes, {
      suffixes: hasSuffixes(strategy),
      utf8: format.utf8,
      reserved: reservedNames,
      complaints: this.#complaints,
    });
    const declare = declarations(families, format);
    labelling.begin();
    const written = families.map((family) =>
      this.#family(family, { format, labelling, declared: declare(family) }),
    );
    const end = format.syntax === 'openmetrics' ? '# EOF\n' : '';
    return [this.#targetInfo(format, labelling), ...written, end].join('');
  }

  #family(family: Family, { format, labelling, declared }: Way): string {
    const context = {
      syntax: format.syntax,
      created: this.#options.createdSamplesEnabled ?? false,
      declared,
      labelsOf: (scope: InstrumentationScope) => labelling.of(scope),
      samplesOf: (name: string) => labelling.samplesOf(name),
    };
    const unique = { ...context, isNew: this.#once(family.name) };
    const mayRepeat = (): boolean => family.members.length > 1 || labelling.names.ambiguous;
    if (mayRepeat()) return writeFamily(family, unique);
    const text = writeFamily(family, { ...context, isNew: () => true });
    // Only in writing it may show that two attribute keys are one label here.
    return mayRepeat() ? writeFamily(family, unique) : text;
  }

  /** A repeated sample would cost the whole scrape. */
  #once(name: string): (labels: string) => boolean {
    const seen = new Set<string>();
    return (labels) => {
      if (!seen.has(labels)) {
        seen.add(labels);
        return true;
      }
      this.#complaints.warn(
        `repeated ${name}`,
        `${name} has several points with the same labels in the Prometheus exposition: the first is shown; tell them apart by an attribute or turn scope labels on`,
      );
      return false;
    };
  }

  #targetInfo({ syntax }: Format, { names }: Labelling): string {
    if (!(this.#options.targetInfoEnabled ?? true) || Object.keys(this.#resource).length === 0) return '';
    const sample = sampleWriter('target_info')(new LabelWriter(names, {}).of(this.#resource), '1');
    return syntax === 'text'
      ? `# HELP target_info Target metadata\n# TYPE target_info gauge\n${sample}`
      : `# TYPE target info\n# HELP target Target metadata\n${sample}`;
  }
}

/** How one family is written. */
interface Way {
  readonly format: Format;
  readonly labelling: Labelling;
  readonly declared: FamilyContext['declared'];
}

/** The labels of samples by scope, for one way to write names. */
class Labelling {
  readonly names: LabelNames;
  readonly #constants: Attributes;
  readonly #scopeLabels: boolean;
  readonly #writers = new WeakMap<InstrumentationScope, LabelWriter>();
  #samples = new Map<string, SampleCache>();
  #samplesBefore = new Map<string, SampleCache>();

  constructor(names: LabelNames, constants: Attributes, scopeLabels: boolean) {
    this.names = names;
    this.#constants = constants;
    this.#scopeLabels = scopeLabels;
  }

  /** A new exposition begins: what the one before did not write is forgotten. */
  begin(): void {
    this.#samplesBefore = this.#samples;
    this.#samples = new Map();
  }

  samplesOf(name: string): SampleCache {
    const samples = new SampleCache(sampleWriter(name), this.#samplesBefore.get(name));
    this.#samples.set(name, samples);
    return samples;
  }

  of(scope: InstrumentationScope): LabelWriter {
    const known = this.#writers.get(scope);
    if (known !== undefined) return known;
    const labels = this.#scopeLabels ? scopeLabels(scope) : {};
    const writer = new LabelWriter(this.names, { ...labels, ...this.#constants });
    this.#writers.set(scope, writer);
    return writer;
  }
}

/** The API knows attributes of scopes; the JavaScript SDK's type does not yet. */
type Scope = InstrumentationScope & { readonly attributes?: Attributes };

function scopeLabels({ name, version, schemaUrl, attributes = {} }: Scope): Attributes {
  const own = { name, version, schema_url: schemaUrl };
  const labels: Record<string, Attributes[string]> = {};
  // The scope's own three win over attributes of the same name.
  for (const [key, value] of Object.entries({ ...attributes, ...own })) {
    if (value !== undefined && value !== '') labels[`otel_scope_${key}`] = value;
  }
  return labels;
}

function chosen(attributes: Attributes, keys: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => keys.includes(key)));
}

/**
 * In OpenMetrics the suffixes `_total` and `_info` belong to samples, not to families. A family whose name without its suffix is that
 * of another one, or of its samples, keeps its full name, as the type that may have it.
 */
function declarations(
  families: readonly Family[],
  { syntax }: Format,
): (family: Family) => FamilyContext['declared'] {
  if (syntax === 'text') return ({ name, type }) => ({ name, type });
  const taken = new Set([...reservedNames, ...families.flatMap(samplesOf)]);
  return ({ name, type }) => {
    const suffix = suffixOf[type];
    if (suffix === undefined) return { name, type };
    const base = name.slice(0, -suffix.length);
    // A counter keeps this name for itself, too, whether it tells when it was created or not.
    const names = type === 'counter' ? [base, `${base}_created`] : [base];
    if (base === '' || names.some((each) => taken.has(each))) {
      return { name, type: type === 'counter' ? 'unknown' : 'gauge' };
    }
    for (const each of names) taken.add(each);
    return { name: base, type };
  };
}

function samplesOf({ name, type }: Family): readonly string[] {
  return type === 'histogram' ? [name, ...histogramSuffixes.map((suffix) => name + suffix)] : [name];
}

const suffixOf: Partial<Readonly<Record<Family['type'], string>>> = { counter: '_total', info: '_info' };
