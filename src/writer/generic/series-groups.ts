import { sha256 } from '../../db/generic/series-id.ts';
import type { SeriesGroup, SeriesKind } from '../../db/generic/series-point.ts';
import type { Attribute, MetricData, OtlpMetric, ResourceMetrics, ScopeMetrics } from '../otlp/model.ts';
import { type CanonicalText, CanonicalTexts } from './canonical-text.ts';
import { SeriesEntry } from './series-entry.ts';

/** Where a metric comes from. */
export interface MetricOrigin {
  readonly resource: ResourceMetrics;
  readonly scope: ScopeMetrics;
}

/** The series of one metric of one scope and resource. */
export interface GroupEntry {
  readonly group: SeriesGroup;
  readonly series: Map<string, SeriesEntry>;
}

/** A resource or a scope. */
interface Origin {
  /** Of what tells it from all others: short however much that is, for each of its groups holds it. */
  readonly digest: string;
  readonly document: string;
}

/** Tells the series of one request apart by name, unit, kind, resource, scope and attributes; none of it is left out. */
export class SeriesGroups {
  readonly #texts = new CanonicalTexts();
  readonly #resources = new Map<ResourceMetrics, Origin>();
  readonly #scopes = new Map<ScopeMetrics, Origin>();
  readonly #groups = new Map<string, GroupEntry>();
  #repeatedKeys = 0;

  /** Lists of attributes, of whatever, that named one twice. */
  get repeatedKeys(): number {
    return this.#repeatedKeys;
  }

  groupOf(metric: OtlpMetric, data: MetricData, of: MetricOrigin): GroupEntry {
    const { name, unit, description } = metric;
    const { kind, temporality, monotonic } = aspectsOf(data);
    const resource = this.#resourceOf(of.resource);
    const scope = this.#scopeOf(of.scope);
    const origins = [resource.digest, scope.digest];
    const key = digestOf(JSON.stringify([name, kind, unit, temporality, monotonic, ...origins]));
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = {
      key,
      name,
      kind,
      unit,
      temporality,
      monotonic,
      description,
      resource: resource.document,
      resourceSchemaUrl: of.resource.schemaUrl,
      scope: scope.document,
    };
    const entry = { group, series: new Map<string, SeriesEntry>() };
    this.#groups.set(key, entry);
    return entry;
  }

  /** The series of a point that is at this place among those of its metric. */
  seriesOf({ group, series }: GroupEntry, attributes: readonly Attribute[], place: number): SeriesEntry {
    const { key, document } = this.#counted(this.#texts.ofPoint(attributes, place));
    const known = series.get(key);
    if (known !== undefined) return known;
    const entry = new SeriesEntry({ group, key, attributes: document });
    series.set(key, entry);
    return entry;
  }

  #counted(text: CanonicalText): CanonicalText {
    if (text.repeatsKey) this.#repeatedKeys += 1;
    return text;
  }

  #resourceOf(of: ResourceMetrics): Origin {
    const known = this.#resources.get(of);
    if (known !== undefined) return known;
    const { key, document } = this.#counted(this.#texts.of(of.attributes));
    const resource = { digest: digestOf(`${JSON.stringify(of.schemaUrl)}${key}`), document };
    this.#resources.set(of, resource);
    return resource;
  }

  #scopeOf(of: ScopeMetrics): Origin {
    const known = this.#scopes.get(of);
    if (known !== undefined) return known;
    const { scope: named, schemaUrl } = of;
    const { key, document } = this.#counted(this.#texts.of(named.attributes));
    const textWith = (attributes: string): string =>
      `{"name":${JSON.stringify(named.name)},"version":${JSON.stringify(named.version)},"schema_url":${JSON.stringify(schemaUrl)},"attributes":${attributes}}`;
    const scope = { digest: digestOf(textWith(key)), document: textWith(document) };
    this.#scopes.set(of, scope);
    return scope;
  }
}

function digestOf(text: string): string {
  return sha256(text).toString('base64');
}

interface Aspects extends Pick<SeriesGroup, 'temporality' | 'monotonic'> {
  readonly kind: SeriesKind;
}

function aspectsOf(data: MetricData): Aspects {
  const temporality =
    'temporality' in data && data.temporality !== 'unspecified' ? data.temporality : undefined;
  return {
    kind: data.kind === 'exponentialHistogram' ? 'exponential_histogram' : data.kind,
    temporality,
    monotonic: data.kind === 'sum' ? data.monotonic : undefined,
  };
}
