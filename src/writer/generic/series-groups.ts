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

/** Tells the series of one request apart by name, unit, kind, resource, scope and attributes; none of it is left out. */
export class SeriesGroups {
  readonly #texts = new CanonicalTexts();
  readonly #resources = new Map<ResourceMetrics, CanonicalText>();
  readonly #scopes = new Map<ScopeMetrics, CanonicalText>();
  readonly #groups = new Map<string, GroupEntry>();
  #repeatedKeys = 0;

  /** Lists of attributes, of whatever, that named one twice. */
  get repeatedKeys(): number {
    return this.#repeatedKeys;
  }

  groupOf(metric: OtlpMetric, data: MetricData, origin: MetricOrigin): GroupEntry {
    const { name, unit, description } = metric;
    const { kind, temporality, monotonic } = aspectsOf(data);
    const { resource } = origin;
    const resourceText = this.#resourceText(resource);
    const scopeText = this.#scopeText(origin.scope);
    const head = JSON.stringify([name, kind, unit, temporality, monotonic, resource.schemaUrl]);
    const key = `${head}${resourceText.key}${scopeText.key}`;
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
      resource: resourceText.document,
      resourceSchemaUrl: resource.schemaUrl,
      scope: scopeText.document,
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

  #resourceText(resource: ResourceMetrics): CanonicalText {
    const known = this.#resources.get(resource);
    if (known !== undefined) return known;
    const text = this.#counted(this.#texts.of(resource.attributes));
    this.#resources.set(resource, text);
    return text;
  }

  #scopeText(of: ScopeMetrics): CanonicalText {
    const known = this.#scopes.get(of);
    if (known !== undefined) return known;
    const { scope, schemaUrl } = of;
    const { key, document, repeatsKey } = this.#counted(this.#texts.of(scope.attributes));
    const textWith = (attributes: string): string =>
      `{"name":${JSON.stringify(scope.name)},"version":${JSON.stringify(scope.version)},"schema_url":${JSON.stringify(schemaUrl)},"attributes":${attributes}}`;
    const text = { key: textWith(key), document: textWith(document), repeatsKey };
    this.#scopes.set(of, text);
    return text;
  }
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
