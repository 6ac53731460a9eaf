import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type ErrorCode, systemCodeOf } from '../../runtime/errors.ts';
import type { Failure, Finding } from '../collector.ts';

/** What a text says, or that it is none of its kind: in words that hold nothing of the text. */
export type Parsed<T> =
  | { readonly outcome: 'read'; readonly content: T }
  | { readonly outcome: 'unreadable'; readonly message: string };

export type Loaded<T> =
  | { readonly outcome: 'content'; readonly content: T; readonly writtenAt: Micros | undefined }
  /** Nobody has said that there is something, and there is nothing. */
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'failed'; readonly failure: Failure; readonly finding?: Finding };

const largestBytes = 64 * 1024 * 1024;
/** Two writes so soon after each other may leave the same inode number, time and size: only an older file is known to be the same. */
const settledMs = 2000;

/** What the bytes of a file cannot have changed without. */
interface Stamp {
  readonly inode: bigint;
  readonly modified: bigint;
  readonly size: bigint;
}

/** Reads and parses a file by its path each time, as its writer replaces it; parses again only when it has changed. */
export class FileContent<T> {
  readonly #what: string;
  readonly #parse: (text: string) => Parsed<T>;
  readonly #clock: Clock;
  #last: { readonly path: string; readonly stamp: Stamp; readonly loaded: Loaded<T> } | undefined;

  /** @param what - what the file is to a person, such as `the registry`. */
  constructor(what: string, parse: (text: string) => Parsed<T>, clock: Clock) {
    this.#what = what;
    this.#parse = parse;
    this.#clock = clock;
  }

  /** Never throws. */
  async load(path: string, signal: AbortSignal): Promise<Loaded<T>> {
    try {
      // Opening a pipe that nobody writes to would wait for ever.
      await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return await this.#read(path, file, signal);
    } catch (thrown) {
      this.#last = undefined;
      return this.#failed(path, causes[systemCodeOf(thrown) ?? ''] ?? unknownCause(thrown));
    }
  }

  async #read(path: string, file: FileHandle, signal: AbortSignal): Promise<Loaded<T>> {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) return this.#failed(path, { type: 'protocol', why: 'it is no file' });
    if (stats.size > largestBytes) return this.#failed(path, { type: 'protocol', why: 'it is over 64 MB' });
    const stamp = { inode: stats.ino, modified: stats.mtimeNs, size: stats.size };
    const ageMs = Math.abs(this.#clock.now() - Number(stats.mtimeMs));
    if (ageMs > settledMs && this.#last?.path === path && isSame(this.#last.stamp, stamp)) {
      return this.#last.loaded;
    }
    const parsed = this.#parse(await file.readFile({ encoding: 'utf8', signal }));
    const writtenAt = microsFromMs(Number(stats.mtimeMs));
    const loaded: Loaded<T> =
      parsed.outcome === 'read'
        ? { outcome: 'content', content: parsed.content, writtenAt }
        : this.#failed(path, { type: 'protocol', why: parsed.message });
    this.#last = { path, stamp, loaded };
    return loaded;
  }

  #failed(path: string, { type, why }: Cause): Loaded<T> {
    return { outcome: 'failed', failure: { type, message: `${this.#what} ${path} cannot be read: ${why}` } };
  }
}

interface Cause {
  readonly type: ErrorCode;
  readonly why: string;
}

const causes: Readonly<Record<string, Cause>> = {
  ENOENT: {
    type: 'not_found',
    why: 'there is no such file; see that the path is right and the folder mounted',
  },
  ENOTDIR: { type: 'not_found', why: 'a part of its path is no folder' },
  EACCES: { type: 'permission_denied', why: 'this user may not; let its group read it' },
  EPERM: { type: 'permission_denied', why: 'this user may not; let its group read it' },
};

function unknownCause(thrown: unknown): Cause {
  return { type: 'internal', why: `the system says ${systemCodeOf(thrown) ?? 'that it failed'}` };
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.inode === b.inode && a.modified === b.modified && a.size === b.size;
}
