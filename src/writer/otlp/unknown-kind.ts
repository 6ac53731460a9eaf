/** What to say of a metric whose points are of a kind that OTLP does not have any more, or not yet: nothing of it can be read. */
export function unknownKind(metric: string, kind: string): string {
  return `nothing of the metric ${JSON.stringify(metric.slice(0, 100))} is stored, for its kind is not known (${kind.slice(0, 100)})`;
}
