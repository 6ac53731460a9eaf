import type { History, HistoryQuery, HistorySeries, HistoryStore } from '../../../src/db/ports.ts';
import type { Row } from '../../../src/metric/row.ts';
import { microsFromIso } from '../../../src/metric/time.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { LogFields, Logger } from '../../../src/runtime/logger.ts';
import type { Snapshot, SnapshotSource } from '../../../src/snapshot/snapshot.ts';

const snapshotTime = microsFromIso('2026-03-01T12:00:00.5Z') ?? 0;

export const webId = 'a'.repeat(64);
export const jobId = 'b'.repeat(64);

const onAlpha = { 'ciris.server.id': 'alpha' };

export const webRow: Row = {
  entity: 'container',
  time: snapshotTime,
  start: snapshotTime - 60e6,
  identity: { ...onAlpha, 'container.id': webId },
  info: { 'container.name': 'web' },
  values: { memoryUsage: 33_554_432, cpuTimeUser: 12.5, networkReceive: 2n ** 60n },
  states: { state: 'running' },
};

const jobRow: Row = {
  entity: 'container',
  time: snapshotTime,
  identity: { ...onAlpha, 'container.id': jobId },
  info: { 'container.name': 'job' },
  values: { exitCode: 3 },
  states: { state: 'exited' },
};

export const serverRow: Row = {
  entity: 'server',
  time: snapshotTime,
  identity: onAlpha,
  info: {},
  values: { up: 1 },
  states: {},
};

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    id: '0195515f-4b00-7000-8000-000000000001',
    sequence: 7,
    time: snapshotTime,
    durationMs: 125,
    rows: [webRow, jobRow, serverRow],
    findings: [],
    outcomes: [
      { collector: 'docker', ok: true, durationMs: 120, rows: 3, problems: ['stats of web: timeout'] },
    ],
    ...change,
  };
}

/** Publishes what a test gives it; collections end when the test says so. */
export class FakeSnapshots implements SnapshotSource {
  current: Snapshot | undefined;
  collections: PromiseWithResolvers<Snapshot>[] = [];

  constructor(current?: Snapshot) {
    this.current = current;
  }

  latest(): Snapshot | undefined {
    return this.current;
  }

  subscribe(): () => void {
    return () => {};
  }

  collectNow(): Promise<Snapshot> {
    const collection = Promise.withResolvers<Snapshot>();
    this.collections.push(collection);
    return collection.promise;
  }
}

/** Answers with what a test gives it, and keeps what it was asked. */
export class FakeHistory implements HistoryStore {
  readonly queries: HistoryQuery[] = [];
  readonly signals: AbortSignal[] = [];
  answer: () => Promise<readonly HistorySeries[]> = async () => [];
  /** How the answer differs from the question. */
  change: Partial<History> = {};

  async history(query: HistoryQuery, signal: AbortSignal): Promise<History> {
    this.queries.push(query);
    this.signals.push(signal);
    const { from, to, stepSeconds } = query;
    return { from, to, stepSeconds, resolution: 'raw', series: await this.answer(), ...this.change };
  }

  lastQuery(): HistoryQuery {
    const last = this.queries.at(-1);
    if (last === undefined) throw new Error('nothing was asked of the history');
    return last;
  }
}

export class FakeClock implements Clock {
  /** Two and a half seconds after the snapshot. */
  ms = snapshotTime / 1000 + 2500;
  now = () => this.ms;
  monotonic = () => this.ms;
}

export class RecordingLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields?: LogFields }[] = [];
  error = (message: string, fields: LogFields = {}) => this.#keep('error', message, fields);
  warn = (message: string, fields: LogFields = {}) => this.#keep('warn', message, fields);
  info = (message: string, fields: LogFields = {}) => this.#keep('info', message, fields);
  debug = (message: string, fields: LogFields = {}) => this.#keep('debug', message, fields);

  #keep(level: string, message: string, fields: LogFields): void {
    this.lines.push({ level, message, fields });
  }
}
