import { z } from 'zod';
import { type Row, toRow } from '../../metric/row.ts';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import { oneAtATime } from '../../runtime/one-at-a-time.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { CollectContext, Collected, Collector, Problem } from '../collector.ts';
import { source } from '../source/metrics.ts';
import { componentVersion, versionAdoption } from './metrics.ts';
import { type ReadVersions, type VersionRecord, versionRecord } from './options.ts';

export interface VersionsOptions {
  readonly versions: ReadVersions;
}

export interface VersionsDeps {
  readonly clock: Clock;
}

/** Takes the versions of components from a host's own function, in place of what a snapshot shows of them. */
export function createVersionsCollector({ versions }: VersionsOptions, { clock }: VersionsDeps): Collector {
  // It may throw before there is a promise.
  const ask = oneAtATime<unknown>(async (signal) => versions(signal));
  const collect = async ({ time, budgetMs, signal }: CollectContext): Promise<Collected> => {
    const reason = new TelemetryError('timeout', `it gave none within ${budgetMs / 1000} s`);
    try {
      const given = await withinTime({ ms: budgetMs, reason, signal }, (own) => ask(own));
      const { records, problems } = readRecords(given);
      const rows = records.map((record) => recordRow(record, time));
      return { rows: [sourceRow({ time, readAt: microsFromMs(clock.now()) }), ...rows], problems };
    } catch (thrown) {
      const type = thrown instanceof TelemetryError ? thrown.code : 'internal';
      const message = `asking the host for versions failed: ${wordsOf(thrown)}; see the function that was given as versions`;
      return { rows: [sourceRow({ time, errorType: type })], problems: [], failure: { type, message } };
    }
  };
  return {
    name: 'versions',
    entities: [componentVersion, versionAdoption, source],
    collect,
    close: async () => {},
  };
}

/** The message of what a host throws may hold anything. */
function wordsOf(thrown: unknown): string {
  if (thrown instanceof TelemetryError) return thrown.message;
  return `it threw ${thrown instanceof Error ? thrown.name : typeof thrown}`;
}

const list = z.array(z.unknown());

function readRecords(given: unknown): {
  readonly records: readonly VersionRecord[];
  readonly problems: readonly Problem[];
} {
  const { data } = list.safeParse(given);
  if (data === undefined) throw new TelemetryError('protocol', 'it gave no list');
  const records = new Map<string, VersionRecord>();
  const problems: Problem[] = [];
  for (const [index, item] of data.entries()) {
    const { data: record, error } = versionRecord.safeParse(item);
    const key = JSON.stringify([record?.component, record?.slot]);
    if (record !== undefined && !records.has(key)) {
      records.set(key, record);
      continue;
    }
    const why = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    const message = `version ${index} of those that the host gives cannot be used: ${why ?? 'an earlier one is of the same component and slot'}`;
    problems.push({ kind: 'parse', message });
  }
  return { records: [...records.values()], problems };
}

function recordRow(
  { component, slot, image, tag, digest, deploymentId, deployedAt }: VersionRecord,
  time: Micros,
): Row {
  const sample = {
    component,
    slot,
    source: 'host' as const,
    image,
    tag,
    digest,
    deploymentId,
    deployedAt: deployedAt === undefined ? undefined : microsFromMs(deployedAt.getTime()),
  };
  return toRow(componentVersion, sample, time);
}

function sourceRow({
  time,
  readAt,
  errorType,
}: {
  readonly time: Micros;
  readonly readAt?: Micros;
  readonly errorType?: string;
}): Row {
  const sample = {
    source: 'versions',
    location: undefined,
    up: errorType === undefined,
    errorType,
    writtenAt: undefined,
    readAt,
    time,
  };
  return toRow(source, sample, time);
}
