import { type Micros, microsFromMs, microsToIso } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { FileContent, type Loaded, type Parsed } from './file-content.ts';
import type { Place } from './place.ts';
import { type Registry, readRegistry } from './registry-document.ts';

export type LoadRegistry = (signal: AbortSignal) => Promise<Loaded<Registry>>;

/** Reads CIRISManager's metadata.json by its path, each time. */
export function registryFile(place: Place, clock: Clock): LoadRegistry {
  const file = new FileContent('the registry', parseRegistry, clock);
  return async (signal) => {
    const path = await place.find();
    return path === undefined ? { outcome: 'absent' } : file.load(path, signal);
  };
}

/** Takes what a host's function gives: an object of the shape of metadata.json. */
export function registryOfHost(read: (signal: AbortSignal) => Promise<unknown>): LoadRegistry {
  return async (signal) => {
    const reading = readRegistry(await read(signal));
    if (reading.outcome === 'unreadable') {
      const message = `what the host's function gives as registry cannot be used: ${reading.message}`;
      return { outcome: 'failed', failure: { type: 'protocol', message } };
    }
    return { outcome: 'content', content: reading.content, writtenAt: undefined };
  };
}

function parseRegistry(text: string): Parsed<Registry> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The error quotes the text around the place, and there may be secrets.
    return { outcome: 'unreadable', message: 'it is no JSON, or only a part of it' };
  }
  return readRegistry(value);
}

/** How long a registry must stay empty before that is taken for what somebody wanted. */
const emptyForMs = 60 * 60 * 1000;

/**
 * A manager that finds its registry broken starts with an empty one and writes that back. So one that had agents and has
 * none any more counts as not readable, until it has stayed so for an hour and says itself that it was written since.
 */
export function withoutSuddenEmptiness(load: LoadRegistry, clock: Clock): LoadRegistry {
  let last: Registry | undefined;
  let emptySinceMs: number | undefined;
  return async (signal) => {
    const loaded = await load(signal);
    if (loaded.outcome !== 'content') return loaded;
    const now = clock.now();
    const wasEmptied = loaded.content.entries.length === 0 && last !== undefined && last.entries.length > 0;
    if (wasEmptied) {
      emptySinceMs ??= now;
      const isOld = now - emptySinceMs >= emptyForMs;
      if (!isOld || !isLater(loaded.content.updatedAt, last?.updatedAt)) return emptied(last, emptySinceMs);
    }
    emptySinceMs = undefined;
    last = loaded.content;
    return loaded;
  };
}

const isLater = (a: Micros | undefined, b: Micros | undefined): boolean => a !== undefined && a > (b ?? 0);

function emptied(last: Registry | undefined, sinceMs: number): Loaded<Registry> {
  const since = microsToIso(microsFromMs(sinceMs));
  const message = `the registry had agents (${last?.entries.length ?? 0}) and has had none since ${since}; those are watched on: restore it, or restart this program if that is meant`;
  return {
    outcome: 'failed',
    failure: { type: 'protocol', message },
    finding: { kind: 'registry_emptied', message },
  };
}
