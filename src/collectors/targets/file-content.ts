import type { FileHandle } from 'node:fs/promises';
import { type Micros, microsFromMs } from '../../metric/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type ErrorCode, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import { stampOf } from '../../runtime/file-stamp.ts';
import { openFile } from '../../runtime/open-file.ts';
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

/** Reads and parses a file by its path each time, as its writer replaces it; parses again only when it has changed. */
export class FileContent<T> {
  readonly #what: string;
  readonly #parse: (text: string) => Parsed<T>;
  readonly #clock: Clock;
  #last: { readonly path: string; readonly mark: string | undefined; readonly loaded: Loaded<T> } | undefined;

  /** @param what - what the file is to a person, such as `the registry`. */
  constructor(what: string, parse: (text: string) => Parsed<T>, clock: Clock) {
    this.#what = what;
    this.#parse = parse;
    this.#clock = clock;
  }

  /** Never throws. */
  async load(path: string, signal: AbortSignal): Promise<Loaded<T>> {
    try {
      await using file = await openFile(path);
      return await this.#read(path, file, signal);
    } catch (thrown) {
      this.#last = undefined;
      return this.#failed(path, causes[systemCodeOf(thrown) ?? ''] ?? causeOf(thrown));
    }
  }

  async #read(path: string, file: FileHandle, signal: AbortSignal): Promise<Loaded<T>> {
    const { mark, size, modifiedMs } = await stampOf(file, this.#clock.now());
    if (size > largestBytes) return this.#failed(path, { type: 'protocol', why: 'it is over 64 MB' });
    const last = this.#last;
    if (mark !== undefined && last?.path === path && last.mark === mark) return last.loaded;
    const parsed = this.#parse(await file.readFile({ encoding: 'utf8', signal }));
    const writtenAt = microsFromMs(modifiedMs);
    const loaded: Loaded<T> =
      parsed.outcome === 'read'
        ? { outcome: 'content', content: parsed.content, writtenAt }
        : this.#failed(path, { type: 'protocol', why: parsed.message });
    this.#last = { path, mark, loaded };
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

function causeOf(thrown: unknown): Cause {
  if (thrown instanceof TelemetryError) return { type: thrown.code, why: thrown.message };
  return { type: 'internal', why: `the system says ${systemCodeOf(thrown) ?? 'that it failed'}` };
}
