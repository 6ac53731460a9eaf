import type { CollectContext, Collected, Collector } from '../../src/collectors/collector.ts';
import { container, server } from '../../src/collectors/docker/metrics.ts';
import type { Row } from '../../src/metric/row.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { LogFields, Logger } from '../../src/runtime/logger.ts';
import { SnapshotService, type SnapshotServiceOptions } from '../../src/snapshot/service.ts';

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  ms = 1_772_366_410_000;
  now(): number {
    return this.ms;
  }
  monotonic(): number {
    return this.ms;
  }
}

export class LogBook implements Logger {
  readonly lines: string[] = [];
  error(message: string, _fields?: LogFields): void {
    this.lines.push(`error ${message}`);
  }
  warn(message: string, _fields?: LogFields): void {
    this.lines.push(`warn ${message}`);
  }
  info(message: string, _fields?: LogFields): void {
    this.lines.push(`info ${message}`);
  }
  debug(): void {}
}

export function collectorOf(
  name: string,
  collect: (context: CollectContext) => Promise<Collected>,
): Collector {
  return { name, entities: [container, server], collect, close: async () => {} };
}

export const found = (...rows: Row[]): Collected => ({ rows, problems: [] });

export function rowOf(entity: string, id: string, parts: Partial<Row> = {}): Row {
  return { entity, time: 0, identity: { id }, info: {}, values: {}, states: {}, ...parts };
}

export function serviceOf(collectors: readonly Collector[], options: Partial<SnapshotServiceOptions> = {}) {
  const clock = new HandClock();
  const logger = new LogBook();
  const service = new SnapshotService({
    collectors,
    intervalMs: 10_000,
    budgetMs: 50,
    instance: 'here',
    version: '0',
    vitals: () => ({
      droppedSeries: 0,
      delivery: undefined,
      cpuUserSeconds: undefined,
      cpuSystemSeconds: undefined,
      residentBytes: undefined,
    }),
    clock,
    logger,
    ...options,
  });
  return { service, clock, logger };
}
