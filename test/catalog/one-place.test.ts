import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { migrationStatements } from '../../src/catalog/ddl.ts';
import { lockOf } from '../../src/catalog/lock.ts';
import { indexByMetricName } from '../../src/catalog/lookup.ts';
import { findPolicyBreaches } from '../../src/catalog/policy.ts';
import { container } from '../../src/collectors/docker/metrics.ts';
import type { ContainerSample } from '../../src/collectors/docker/sample.ts';
import { createFleetMeter } from '../../src/export/meter/fleet-meter.ts';
import { registerObservables } from '../../src/export/observe.ts';
import { createPrometheusSide } from '../../src/export/prometheus/prometheus-side.ts';
import { figure } from '../../src/gen/dashboards/figure.ts';
import { graph } from '../../src/gen/dashboards/panels.ts';
import { postgresSource } from '../../src/gen/dashboards/postgres-source.ts';
import { prometheusSource } from '../../src/gen/dashboards/prometheus-source.ts';
import { generateMetricsDoc } from '../../src/gen/metrics-doc.ts';
import { entityOf } from '../../src/metric/define.ts';
import { type Row, toRow } from '../../src/metric/row.ts';
import { microsFromMs } from '../../src/metric/time.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { atOnce } from '../../src/runtime/steps.ts';
import { decodeMetrics } from '../../src/writer/otlp/decode.ts';
import { pivot } from '../../src/writer/pivot.ts';
import { end, minutes, web } from '../support/sample-fleet.ts';

const { counter } = entityOf<ContainerSample>();

/** All that a developer writes. */
const threads = counter({
  name: 'ciris.container.threads',
  unit: '{thread}',
  value: 'int',
  brief: 'Threads that the container has started.',
  read: (sample) => sample.pids,
});

const extended = { ...container, metrics: { ...container.metrics, threads } };
const catalog: Catalog = { entities: [extended] };
const time = microsFromMs(end.getTime());
const row: Row = toRow(extended, web(minutes), time);

function meterWithTheRow() {
  const meter = createFleetMeter({ scope: { name: 'test' }, clock: systemClock, logger: silentLogger });
  registerObservables(meter, catalog.entities, () => [row]);
  return meter;
}

describe('a metric that is defined in one place', () => {
  it('keeps the policy', () => {
    expect(findPolicyBreaches(catalog)).toEqual([]);
  });

  it('is on /metrics', async () => {
    const side = createPrometheusSide({
      producers: [meterWithTheRow()],
      resource: resourceFromAttributes({ 'service.name': 'test' }),
      logger: silentLogger,
    });
    const { body } = await side.render({});
    await side.shutdown();
    expect(String(body)).toContain(
      '# HELP ciris_container_threads_total Threads that the container has started.',
    );
    expect(String(body)).toContain('# TYPE ciris_container_threads_total counter');
    expect(String(body)).toMatch(
      /^ciris_container_threads_total\{(?=[^}]*ciris_server_id="a")(?=[^}]*container_id="web-id")[^}]*\} 3$/m,
    );
  });

  it('is in the bytes of OTLP, and the writer makes the same row of them', async () => {
    const { resourceMetrics } = await meterWithTheRow().collect();
    const bytes = ProtobufMetricsSerializer.serializeRequest(resourceMetrics);
    if (bytes === undefined) throw new Error('nothing was serialized');
    expect(Buffer.from(bytes).includes('ciris.container.threads')).toBe(true);
    const decoded = atOnce(decodeMetrics({ encoding: 'protobuf', bytes }, 1000));
    if (decoded.kind !== 'decoded') throw new Error(decoded.kind);
    const { rows } = atOnce(
      pivot(decoded.request, {
        index: indexByMetricName(catalog),
        window: { oldest: time, newest: time },
      }),
    );
    expect(rows).toEqual([row]);
  });

  it('is a column of the table', () => {
    const statements = migrationStatements([], lockOf(catalog).tables).join('\n');
    expect(statements).toContain('  threads bigint,');
    expect(statements).toContain(
      "comment on column telemetry.container.threads is 'Threads that the container has started. Unit: {thread}.';",
    );
  });

  it('is added to a table that is there', () => {
    const before: Catalog = { entities: [container] };
    const [alter] = migrationStatements(lockOf(before).tables, lockOf(catalog).tables);
    expect(alter).toBe('alter table telemetry.container add column threads bigint;');
  });

  it('is in the reference', () => {
    const { content } = generateMetricsDoc(catalog);
    expect(content).toContain(
      '| `ciris.container.threads` |  | counter (int) | `{thread}` | `ciris_container_threads_total` | `threads` | Threads that the container has started. |',
    );
  });

  it.each([
    [prometheusSource, 'rate(ciris_container_threads_total{ciris_server_id=~"$server"}[$__rate_interval])'],
    [postgresSource, 'threads_increase as increase'],
  ])('is on a board by its definition alone, from $name', (source, expected) => {
    const quantity = { kind: 'rate', figures: [figure(extended, 'threads')] } as const;
    const panel = graph(source, { title: 'Threads', series: [{ quantity }] }).build();
    expect(panel.description).toBe('Threads that the container has started. (ciris.container.threads)');
    expect(JSON.stringify(panel.targets).replaceAll('\\"', '"')).toContain(expected);
  });
});
