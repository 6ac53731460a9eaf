import { z } from 'zod';
import type { Micros } from '../../metric/time.ts';
import { noOccurrence } from '../agent-target.ts';
import type { Finding } from '../collector.ts';
import { anyObject, readFields, time } from './fields.ts';
import { type RegistryEntry, readEntry } from './registry-entry.ts';
import { described, identityOf, shownKey } from './wording.ts';

/** The registry of CIRISManager, as far as it could be read. */
export interface Registry {
  readonly updatedAt: Micros | undefined;
  readonly entries: readonly RegistryEntry[];
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
}

export type RegistryReading =
  | { readonly outcome: 'read'; readonly content: Registry }
  /** Of another shape, as a whole. */
  | { readonly outcome: 'unreadable'; readonly message: string };

const document = z.object({ agents: anyObject });
const heading = z.object({ updated_at: time });

/** Reads what `metadata.json` holds. One bad entry costs only itself; when all are bad, the file is of another shape. */
export function readRegistry(value: unknown): RegistryReading {
  const { data } = document.safeParse(value);
  if (data === undefined) return { outcome: 'unreadable', message: 'it has no object "agents"' };
  const readings = Object.entries(data.agents).map(([key, entry]) => ({ key, ...readEntry(key, entry) }));
  const read = readings.filter((reading) => reading.outcome === 'read');
  const [first] = readings;
  if (first?.outcome === 'unreadable' && read.length === 0) {
    return {
      outcome: 'unreadable',
      message: `none of its entries can be read, the first because of ${first.message}`,
    };
  }
  const { data: head, problems } = readFields(heading, value);
  const unique = uniqueEntries(read.map(({ entry }) => entry));
  return {
    outcome: 'read',
    content: {
      updatedAt: head.updated_at,
      entries: unique.entries,
      problems: [
        ...problems.map((problem) => `the registry: ${problem}`),
        ...readings.flatMap((reading) =>
          reading.outcome === 'read'
            ? reading.problems.map((problem) => `entry ${shownKey(reading.key)} of the registry: ${problem}`)
            : // Its key may be no id at all, but something secret that came to stand in the wrong place.
              [`an entry of the registry is left out: ${reading.message}`],
        ),
      ],
      findings: [
        ...read.flatMap(({ findings }) => findings),
        ...unique.findings,
        ...keyCollisions(unique.entries),
      ],
    },
  };
}

/** Two entries of one agent: the manager keeps the later one when it next writes, so that one counts. */
function uniqueEntries(entries: readonly RegistryEntry[]) {
  const byIdentity = new Map<string, RegistryEntry>();
  const findings: Finding[] = [];
  for (const entry of entries) {
    const identity = identityOf(entry);
    const before = byIdentity.get(identity);
    if (before !== undefined) {
      const message = `the registry has ${described(entry)} under two keys, ${shownKey(before.key)} and ${shownKey(entry.key)}; the second counts: remove the one that is not true`;
      findings.push({ kind: 'agent_registered_twice', message });
    }
    byIdentity.set(identity, entry);
  }
  return { entries: [...byIdentity.values()], findings };
}

/** Agent a-b, and agent a with occurrence b, share one key on a server: registering the second would overwrite the first. */
function keyCollisions(entries: readonly RegistryEntry[]): readonly Finding[] {
  const whole = new Set(entries.map(({ agentId }) => agentId));
  return entries
    .filter(
      ({ agentId, occurrenceId }) => occurrenceId !== noOccurrence && whole.has(`${agentId}-${occurrenceId}`),
    )
    .map((entry) => ({
      kind: 'registry_key_ambiguous',
      message: `the key of ${described(entry)} in the registry would also be that of agent ${entry.agentId}-${entry.occurrenceId} there, which would overwrite it: rename one of them`,
    }));
}
