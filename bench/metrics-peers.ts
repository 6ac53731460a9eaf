import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Gauge, Registry } from 'prom-client';
import { registerObservables } from '../src/export/observe.ts';
import type { AnyEntity } from '../src/metric/define.ts';
import type { Row } from '../src/metric/row.ts';

/** From rows to the text of an exposition. */
export interface Scrape {
  readonly name: string;
  /** From now on the text tells of these rows. */
  take(rows: readonly Row[]): void;
  text(): Promise<string>;
}

/** The classic client of Node: a gauge per metric, emptied and set anew from each snapshot, as its exporters do. */
export function createPromClientScrape(entity: AnyEntity): Scrape {
  const registry = new Registry();
  const labelNames = Object.keys(entity.identity).map(promName);
  const gauges = Object.entries(entity.metrics).map(([key, { name, brief }]) => ({
    key,
    gauge: new Gauge({ name: promName(name), help: brief, labelNames, registers: [registry] }),
  }));
  return {
    name: 'prom-client',
    take: (rows) => {
      for (const { gauge } of gauges) gauge.reset();
      for (const { identity, values } of rows) {
        const labels = Object.fromEntries(
          Object.entries(identity).map(([key, value]) => [promName(key), value]),
        );
        for (const { key, gauge } of gauges) gauge.set(labels, Number(values[key]));
      }
    },
    text: () => registry.metrics(),
  };
}

const promName = (name: string): string => name.replaceAll('.', '_');

/** The SDK's meter with the same observable instruments, its exporter and its serializer. */
export function createSdkScrape(entity: AnyEntity): Scrape {
  let latest: readonly Row[] = [];
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({
    readers: [exporter],
    // It would fold all but 2000 series of a metric into one.
    views: [{ instrumentName: '*', aggregationCardinalityLimit: 1_000_000 }],
  });
  registerObservables(provider.getMeter('bench'), [entity], () => latest);
  const serializer = new PrometheusSerializer();
  return {
    name: 'OpenTelemetry SDK',
    take: (rows) => {
      latest = rows;
    },
    text: async () => {
      const { resourceMetrics, errors } = await exporter.collect();
      if (errors.length > 0) throw new Error(`the SDK's collection failed: ${String(errors[0])}`);
      return serializer.serialize(resourceMetrics);
    },
  };
}
