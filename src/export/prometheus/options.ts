/** The specification's names for how metric names are translated. */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation';

/** What of the specification's choices for a Prometheus exporter is wanted. */
export interface PrometheusOptions {
  /** `otel_scope_*` labels on every sample. Default true. */
  readonly scopeInfoEnabled?: boolean;
  /** The `target_info` sample with the resource's attributes. Default true. */
  readonly targetInfoEnabled?: boolean;
  /** Resource attributes that every sample carries as labels, beside `target_info`. Default none. */
  readonly resourceConstantLabels?: readonly string[];
  /** Default `UnderscoreEscapingWithSuffixes`. */
  readonly translationStrategy?: TranslationStrategy;
  /**
   * `_created` samples in OpenMetrics, from start times. Default false: a Prometheus server that is not started with
   * `created-timestamp-zero-ingestion` stores each as one more series.
   */
  readonly createdSamplesEnabled?: boolean;
}
