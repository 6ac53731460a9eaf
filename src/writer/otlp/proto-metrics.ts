import type {
  Attribute,
  DistributionData,
  MetricData,
  MetricsRequest,
  NumberPoint,
  OtlpMetric,
  ResourceMetrics,
  Scope,
  ScopeMetrics,
  Temporality,
} from './model.ts';
import { AttributeReader } from './proto-attributes.ts';
import { readNumberPoint } from './proto-points.ts';
import { ProtoReader } from './proto-reader.ts';
import { temporalityOf } from './temporality.ts';

/** Reads an `ExportMetricsServiceRequest`; throws a DecodeFailure for what is none. */
export function readMetricsRequest(bytes: Uint8Array, maxItems: number): MetricsRequest {
  const reader = new ProtoReader(bytes, maxItems);
  return new MetricsReader(reader).readRequest();
}

/** By the tag of the `Metric` field that holds the points. */
const dataKinds = {
  42: 'gauge',
  58: 'sum',
  74: 'histogram',
  82: 'exponentialHistogram',
  90: 'summary',
} as const;
type DataTag = keyof typeof dataKinds;

const isDataTag = (tag: number): tag is DataTag => tag in dataKinds;

/** One method a message; each reads up to the end of its message. Field numbers are in the tags: 10 is 1, 18 is 2, and so on by 8. */
class MetricsReader {
  readonly #reader: ProtoReader;
  readonly #attributes: AttributeReader;

  constructor(reader: ProtoReader) {
    this.#reader = reader;
    this.#attributes = new AttributeReader(reader);
  }

  readRequest(): MetricsRequest {
    const resources: ResourceMetrics[] = [];
    this.#fields(this.#reader.bytes.length, (tag) => {
      if (tag === 10) resources.push(this.#resourceMetrics());
      else this.#reader.skip(tag);
    });
    return { resources };
  }

  #fields(end: number, field: (tag: number) => void): void {
    const reader = this.#reader;
    while (reader.position < end) field(reader.tag());
    reader.leave(end);
  }

  #resourceMetrics(): ResourceMetrics {
    const attributes: Attribute[] = [];
    const scopes: ScopeMetrics[] = [];
    let schemaUrl = '';
    this.#fields(this.#reader.item(), (tag) => {
      if (tag === 10) this.#resource(attributes);
      else if (tag === 18) scopes.push(this.#scopeMetrics());
      else if (tag === 26) schemaUrl = this.#reader.text();
      else this.#reader.skip(tag);
    });
    return { attributes, schemaUrl, scopes };
  }

  #resource(attributes: Attribute[]): void {
    this.#fields(this.#reader.end(), (tag) => {
      if (tag === 10) attributes.push(this.#attributes.read());
      else this.#reader.skip(tag);
    });
  }

  #scopeMetrics(): ScopeMetrics {
    let scope: Scope = { name: '', version: '', attributes: [] };
    const metrics: OtlpMetric[] = [];
    let schemaUrl = '';
    this.#fields(this.#reader.item(), (tag) => {
      if (tag === 10) scope = this.#scope();
      else if (tag === 18) metrics.push(this.#metric());
      else if (tag === 26) schemaUrl = this.#reader.text();
      else this.#reader.skip(tag);
    });
    return { scope, schemaUrl, metrics };
  }

  #scope(): Scope {
    let name = '';
    let version = '';
    const attributes: Attribute[] = [];
    this.#fields(this.#reader.end(), (tag) => {
      if (tag === 10) name = this.#reader.text();
      else if (tag === 18) version = this.#reader.text();
      else if (tag === 26) attributes.push(this.#attributes.read());
      else this.#reader.skip(tag);
    });
    return { name, version, attributes };
  }

  #metric(): OtlpMetric {
    let name = '';
    let description = '';
    let unit = '';
    let data: MetricData | undefined;
    this.#fields(this.#reader.item(), (tag) => {
      if (tag === 10) name = this.#reader.text();
      else if (tag === 18) description = this.#reader.text();
      else if (tag === 26) unit = this.#reader.text();
      else if (isDataTag(tag)) {
        if (data !== undefined) this.#reader.fail('a metric has more than one kind of data');
        data = this.#data(tag);
      } else this.#reader.skip(tag);
    });
    return { name, description, unit, data };
  }

  #data(tag: DataTag): MetricData {
    const kind = dataKinds[tag];
    return kind === 'gauge' || kind === 'sum' ? this.#numbers(kind) : this.#distribution(kind);
  }

  #numbers(kind: 'gauge' | 'sum'): MetricData {
    const points: NumberPoint[] = [];
    let temporality: Temporality = 'unspecified';
    let monotonic = false;
    this.#fields(this.#reader.end(), (tag) => {
      if (tag === 10) points.push(readNumberPoint(this.#reader, this.#attributes));
      else if (tag === 16) temporality = temporalityOf(this.#reader.uint32());
      else if (tag === 24) monotonic = this.#reader.uint32() !== 0;
      else this.#reader.skip(tag);
    });
    return kind === 'gauge' ? { kind, points } : { kind, temporality, monotonic, points };
  }

  #distribution(kind: DistributionData['kind']): MetricData {
    let pointCount = 0;
    this.#fields(this.#reader.end(), (tag) => {
      if (tag === 10) pointCount += 1;
      this.#reader.skip(tag);
    });
    return { kind, pointCount };
  }
}
