import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withDeadline } from '../deadline.ts';
import { OncePerChange } from '../once-per-change.ts';
import { createResourceProducer } from '../resource-producer.ts';
import { acceptsGzip } from './accept.ts';
import { Exposition } from './exposition.ts';
import { type Format, negotiateFormat } from './format.ts';
import type { PrometheusOptions, TranslationStrategy } from './options.ts';

/** The headers of a scrape that matter. */
export interface ScrapeRequest {
  readonly accept?: string | undefined;
  readonly acceptEncoding?: string | undefined;
}

export interface ScrapeAnswer {
  readonly status: 200 | 500 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What serves `/metrics`, whoever speaks HTTP for it. */
export interface PrometheusSide {
  /** Never rejects: a failure is status 500, and 503 after shutdown. */
  render(request: ScrapeRequest): Promise<ScrapeAnswer>;
  shutdown(): Promise<void>;
}

export interface PrometheusSideOptions extends PrometheusOptions {
  readonly producers: readonly MetricProducer[];
  readonly resource: Resource;
  readonly logger: Logger;
  /** For collecting from the producers. Default 5000. */
  readonly collectTimeoutMs?: number;
}

export function createPrometheusSide(options: PrometheusSideOptions): PrometheusSide {
  return new FleetPrometheusExporter(options);
}

const compress = promisify(gzip);

const graceMs = 500;

/** The SDK's exporter is the reader; its server, its naming and its serializer are not used. */
class FleetPrometheusExporter extends PrometheusExporter implements PrometheusSide {
  readonly #strategy: TranslationStrategy;
  readonly #collectTimeoutMs: number;
  readonly #complaints: OncePerChange;
  readonly #exposition: Exposition;
  #closed = false;

  constructor(options: PrometheusSideOptions) {
    super({ preventServerStart: true, metricProducers: [...options.producers] });
    this.setMetricProducer(createResourceProducer(options.resource));
    this.#strategy = options.translationStrategy ?? 'UnderscoreEscapingWithSuffixes';
    this.#collectTimeoutMs = options.collectTimeoutMs ?? 5000;
    this.#complaints = new OncePerChange(options.logger);
    this.#exposition = new Exposition(options.resource, options, this.#complaints);
  }

  async render({ accept, acceptEncoding }: ScrapeRequest): Promise<ScrapeAnswer> {
    if (this.#closed) return plainAnswer(503, 'the exporter is shutting down\n');
    try {
      const format = negotiateFormat(accept, this.#strategy);
      const text = await this.#write(format);
      const headers = { 'content-type': format.contentType, vary: 'Accept, Accept-Encoding' };
      this.#complaints.end('render', 'metrics are rendered for Prometheus again');
      if (!acceptsGzip(acceptEncoding)) return { status: 200, headers, body: text };
      // The text repeats itself so much that the fastest level does nearly all that the others do.
      return {
        status: 200,
        headers: { ...headers, 'content-encoding': 'gzip' },
        body: await compress(text, { level: 1 }),
      };
    } catch (thrown) {
      this.#complaints.warn('render', `rendering metrics for Prometheus failed: ${messageOf(thrown)}`);
      return plainAnswer(500, 'rendering metrics failed; the log of the exporter says why\n');
    }
  }

  override async shutdown(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await super.shutdown();
  }

  async #write(format: Format): Promise<string> {
    const timeoutMillis = this.#collectTimeoutMs;
    // A producer ends what is late itself; one that does not must not hang the scrape.
    const collecting = withDeadline(
      this.collect({ timeoutMillis }),
      timeoutMillis + graceMs,
      'collecting metrics',
    );
    const { resourceMetrics, errors } = await collecting;
    this.#report(errors);
    return this.#exposition.write(resourceMetrics.scopeMetrics, format);
  }

  #report(errors: readonly unknown[]): void {
    if (errors.length === 0) {
      this.#complaints.end('collect', 'no metrics are missing from the Prometheus exposition any more');
      return;
    }
    const reasons = errors.map(messageOf).join('; ');
    this.#complaints.warn('collect', `metrics are missing from the Prometheus exposition: ${reasons}`);
  }
}

function plainAnswer(status: 500 | 503, body: string): ScrapeAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
