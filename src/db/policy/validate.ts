import type { Resolution } from '../../catalog/rollup.ts';
import { dayMs, hourMs, minuteMs, shortDuration } from '../../runtime/duration.ts';
import { type Policy, type Refresh, refreshOf } from './policy.ts';

/** What the settings call the parts of a policy. */
export type Period = 'raw' | '5m' | '1h' | 'compress' | 'late';

/** Something about a policy that would lose data, or lead to nothing. */
export interface Problem {
  readonly relation: string;
  readonly setting: Period;
  readonly why: string;
  readonly mend: string;
  /** Refused, or only worth knowing. */
  readonly severity: 'refused' | 'remark';
}

interface Finding {
  readonly setting: Period;
  readonly why: string;
  readonly mend: string;
  readonly severity?: 'remark';
}

/** The first problem of each kind; none in a policy that is safe to put in force. `refresh` is what follows from the policy. */
export function validatePolicy(
  policy: Policy,
  refresh: Readonly<Record<Resolution, Refresh>> = refreshOf(policy),
): readonly Problem[] {
  const findings = [
    ...unusable(policy),
    ...tooLate(policy, refresh),
    ...(policy.relation.rolledUp
      ? [...tooShort(policy), ...erased(policy, refresh), ...tooNarrow(refresh)]
      : []),
    ...uselessCompression(policy),
    ...manyPieces(policy),
  ];
  return findings.map((finding) => ({ severity: 'refused', relation: policy.relation.name, ...finding }));
}

/** What is wrong with a policy that must not be followed. */
export function refusalsOf(policy: Policy): readonly Problem[] {
  return validatePolicy(policy).filter(({ severity }) => severity === 'refused');
}

const text = shortDuration;

/** Something to give that is easy to read: whole hours, or whole days from the third on. */
function atLeast(ms: number): string {
  const step = ms > 2 * dayMs ? dayMs : hourMs;
  return text(Math.ceil(ms / step) * step);
}

/** Whatever is cut, is cut between buckets of the finest rollup. */
const grain = 5 * minuteMs;

/** Beyond, PostgreSQL and JavaScript have no such times, or none that are exact. */
const longest = 1000 * 365 * dayMs;

/** A statement without bounds of time locks each piece and its indexes, and a server as it comes has some 6400 locks. */
const mostPieces = 500;

function unusable({ keepRaw, keep5m, keep1h, compressAfter, late }: Policy): readonly Finding[] {
  const periods: readonly (readonly [Period, number | undefined])[] = [
    ['raw', keepRaw],
    ['5m', keep5m],
    ['1h', keep1h],
    ['compress', compressAfter],
    ['late', late],
  ];
  return periods.flatMap(([setting, ms]) => {
    if (ms === undefined) return [];
    if (ms > longest) {
      const why = Number.isFinite(ms) ? `no time is ${text(ms)} ago` : 'it has no end';
      return [{ setting, why, mend: `give at most ${text(longest)}` }];
    }
    if (ms > 0 && ms % grain === 0) return [];
    const why = ms > 0 ? `${text(ms)} is no multiple of 5m` : 'it must be longer than nothing';
    return [{ setting, why, mend: 'give a multiple of 5m, such as 90m, 12h or 7d' }];
  });
}

function tooLate(
  { relation, keepRaw, compressAfter, late }: Policy,
  refresh: Readonly<Record<Resolution, Refresh>>,
): readonly Finding[] {
  const findings: Finding[] = [];
  if (late >= compressAfter) {
    findings.push({
      setting: 'compress',
      why: `rows are accepted until they are ${text(late)} old (late), and would have to be put into chunks that were compressed after ${text(compressAfter)}`,
      mend: `give compress more than ${text(late)}, or late less than ${text(compressAfter)}`,
    });
  }
  const narrow = Object.values(refresh).find(({ start }) => late > start);
  if (relation.rolledUp && narrow !== undefined) {
    findings.push({
      setting: 'late',
      why: `rows are accepted until they are ${text(late)} old, but rollups are refreshed only ${text(narrow.start)} back`,
      mend: `give late at most ${text(narrow.start)}`,
    });
  }
  if (!relation.rolledUp && late >= keepRaw) {
    findings.push({
      setting: 'late',
      why: `rows are accepted until they are ${text(late)} old, but kept for ${text(keepRaw)} only`,
      mend: `give late less than ${text(keepRaw)}, or raw more than ${text(late)}`,
    });
  }
  return findings;
}

function tooShort({ keepRaw, keep5m, keep1h }: Policy): readonly Finding[] {
  const findings: Finding[] = [];
  const steps: readonly (readonly [Period, number | undefined, Period, number])[] = [
    ['5m', keep5m, 'raw', keepRaw],
    ['1h', keep1h, '5m', keep5m ?? keepRaw],
  ];
  for (const [setting, kept, finer, finerKept] of steps) {
    if (kept !== undefined && kept >= finerKept) continue;
    findings.push({
      setting,
      why: `the coarser rollup would be gone before what it is made from, kept for ${text(finerKept)} (${finer})`,
      mend: `give ${setting} at least ${text(finerKept)}`,
    });
  }
  return findings;
}

/** A refresh that reaches back to where its source is dropped already writes that there was nothing. */
function erased(policy: Policy, refresh: Readonly<Record<Resolution, Refresh>>): readonly Finding[] {
  const sources: readonly (readonly [Resolution, Period, number])[] = [
    ['5m', 'raw', policy.keepRaw],
    ['1h', '5m', policy.keep5m ?? policy.keepRaw],
    ['3h', '1h', policy.keep1h ?? policy.keepRaw],
  ];
  return sources.flatMap(([resolution, source, kept]) => {
    const { start, bucket, schedule } = refresh[resolution];
    const needed = start + bucket + schedule;
    if (needed <= kept) return [];
    return [
      {
        setting: source,
        why: `the rollup of ${resolution} is refreshed ${text(start)} back, where ${source} rows kept for ${text(kept)} are dropped already: the refresh would erase the rollup`,
        mend: `give ${source} at least ${atLeast(needed)}, or a shorter late (a day more than late is refreshed)`,
      },
    ];
  });
}

function tooNarrow(refresh: Readonly<Record<Resolution, Refresh>>): readonly Finding[] {
  return Object.entries(refresh).flatMap(([resolution, { start, end, bucket }]) => {
    if (start - end >= 2 * bucket) return [];
    return [
      {
        setting: 'late' as const,
        why: `the window from ${text(start)} to ${text(end)} ago holds no two whole buckets of ${resolution}, so that nothing would be refreshed`,
        mend: `let it be at least ${text(2 * bucket)} wide`,
      },
    ];
  });
}

function manyPieces({ relation, keepRaw }: Policy): readonly Finding[] {
  const pieces = Math.ceil(keepRaw / relation.chunkMs);
  if (!(pieces > mostPieces) || keepRaw > longest) return [];
  return [
    {
      setting: 'raw',
      why: `${text(keepRaw)} of rows are ${pieces} pieces of ${text(relation.chunkMs)}: a query without bounds of time locks them all, which takes more locks than a server has by default`,
      mend: 'raise max_locks_per_transaction of the server to 512 or more, or keep rows for less long and rollups for longer',
      severity: 'remark',
    },
  ];
}

function uselessCompression({ relation, keepRaw, compressAfter }: Policy): readonly Finding[] {
  const needed = compressAfter + relation.chunkMs;
  if (needed <= keepRaw) return [];
  return [
    {
      setting: 'compress',
      why: `chunks of ${text(relation.chunkMs)} that are compressed after ${text(compressAfter)} are dropped at once, being kept for ${text(keepRaw)}: compression is useless`,
      mend: `give raw at least ${atLeast(needed)}, or live without compression`,
      severity: 'remark',
    },
  ];
}
