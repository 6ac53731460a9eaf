import { messageOf, systemCodeOf, TelemetryError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { OncePerChange } from '../once-per-change.ts';
import type { Payload } from '../sender.ts';
import {
  deleteFile,
  describeFile,
  prepareDirectory,
  readWhole,
  type SpoolFile,
  writeFileAtomically,
} from './spool-file.ts';

export interface SpoolOptions {
  /** Of this spool alone; created when it is not there. */
  readonly directory: string;
  readonly logger: Logger;
  /** Default 256 MiB. */
  readonly maxBytes?: number;
  /** Default 8640: a day of snapshots every ten seconds. */
  readonly maxEntries?: number;
}

export interface SpoolEntry {
  readonly name: string;
  readonly payload: Payload;
}

/** Payloads that wait for delivery, on disk and in order. When it is full the oldest give way to the newest. */
export interface Spool {
  /** Durable when it resolves; rejects with `state_unusable` when the disk does not take it. */
  append(payload: Payload): Promise<void>;
  /** The oldest payload that can be read, to be delivered and then removed. What is damaged or gone is dropped. */
  oldest(): Promise<SpoolEntry | undefined>;
  remove(entry: SpoolEntry): Promise<void>;
  /** What waits now, and what was dropped since the spool was opened. */
  stats(): { readonly entries: number; readonly bytes: number; readonly dropped: number };
}

/** Opens a spool with what an earlier process left in it. Rejects with `state_unusable` when the directory cannot be used. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  try {
    return new DirectorySpool(options, await prepareDirectory(options.directory));
  } catch (cause) {
    throw new TelemetryError(
      'state_unusable',
      `opening the spool ${options.directory} failed: ${messageOf(cause)}; give the process a state directory that it may write to`,
      { cause },
    );
  }
}

class DirectorySpool implements Spool {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #standing: OncePerChange;
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  readonly #files: SpoolFile[];
  #nextNumber: number;
  #dropped = 0;
  /** Being delivered: not to be dropped to make room. */
  #held: string | undefined;

  constructor(options: SpoolOptions, files: SpoolFile[]) {
    this.#directory = options.directory;
    this.#logger = options.logger;
    this.#standing = new OncePerChange(options.logger);
    this.#maxBytes = options.maxBytes ?? 256 * 1024 ** 2;
    this.#maxEntries = options.maxEntries ?? 8640;
    this.#files = files;
    this.#nextNumber = (files.at(-1)?.number ?? 0) + 1;
  }

  async append(payload: Payload): Promise<void> {
    const file = describeFile(this.#nextNumber, payload);
    this.#nextNumber += 1;
    await this.#makeRoom(file);
    try {
      await writeFileAtomically(this.#directory, file, payload.bytes);
    } catch (cause) {
      throw unusable(this.#directory, cause);
    }
    this.#files.push(file);
  }

  async oldest(): Promise<SpoolEntry | undefined> {
    let unreadable: string | undefined;
    let entry: SpoolEntry | undefined;
    for (const file of [...this.#files]) {
      if (!this.#files.includes(file)) continue;
      this.#held = file.name;
      const found = await this.#read(file);
      if (found.kind === 'whole') {
        entry = { name: file.name, payload: { encoding: file.encoding, bytes: found.bytes } };
        break;
      }
      if (found.kind === 'lost') {
        this.#logger.warn(
          `dropped the waiting snapshot ${file.name} from ${this.#directory}: ${found.reason}`,
        );
        await this.#drop(file);
      } else unreadable ??= found.reason;
    }
    if (entry === undefined) this.#held = undefined;
    this.#tell(unreadable);
    return entry;
  }

  async remove(entry: SpoolEntry): Promise<void> {
    const index = this.#files.findIndex(({ name }) => name === entry.name);
    const [file] = index === -1 ? [] : this.#files.splice(index, 1);
    this.#held = undefined;
    if (file !== undefined) await deleteFile(this.#directory, file);
  }

  stats(): ReturnType<Spool['stats']> {
    const bytes = this.#files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { entries: this.#files.length, bytes, dropped: this.#dropped };
  }

  async #makeRoom(file: SpoolFile): Promise<void> {
    if (file.sizeBytes > this.#maxBytes) {
      throw new TelemetryError(
        'state_unusable',
        `spooling a snapshot of ${file.sizeBytes} bytes failed: the spool holds ${this.#maxBytes} at most; raise its size`,
      );
    }
    const fits = (): boolean => {
      const { entries, bytes } = this.stats();
      return entries < this.#maxEntries && bytes + file.sizeBytes <= this.#maxBytes;
    };
    while (!fits()) {
      const oldest = this.#files.find(({ name }) => name !== this.#held);
      if (oldest === undefined) return;
      await this.#drop(oldest);
    }
  }

  async #drop(file: SpoolFile): Promise<void> {
    const index = this.#files.indexOf(file);
    if (index !== -1) this.#files.splice(index, 1);
    this.#dropped += 1;
    await deleteFile(this.#directory, file).catch((thrown: unknown) => {
      this.#logger.warn(`deleting ${file.name} from ${this.#directory} failed: ${messageOf(thrown)}`);
    });
  }

  /** A disk or a process in trouble may read the file another time: only what is damaged or gone is lost. */
  async #read(file: SpoolFile): Promise<Reading> {
    try {
      const bytes = await readWhole(this.#directory, file);
      if (bytes !== undefined) return { kind: 'whole', bytes };
      return { kind: 'lost', reason: 'its content is not what was written' };
    } catch (thrown) {
      const isGone = ['ENOENT', 'EISDIR'].includes(systemCodeOf(thrown) ?? '');
      return { kind: isGone ? 'lost' : 'unreadable', reason: reasonOf(thrown) };
    }
  }

  #tell(unreadable: string | undefined): void {
    if (unreadable === undefined) this.#standing.end('read', 'all waiting snapshots can be read again');
    else {
      const what = `passed over snapshots that wait in ${this.#directory} and cannot be read`;
      this.#standing.warn('read', `${what}: ${unreadable}`);
    }
  }
}

type Reading =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'lost' | 'unreadable'; readonly reason: string };

/** Without the file's name, which is another one each time. */
function reasonOf(thrown: unknown): string {
  return messageOf(thrown).split(', ', 1)[0] ?? '';
}

function unusable(directory: string, cause: unknown): TelemetryError {
  const mend =
    systemCodeOf(cause) === 'ENOSPC'
      ? 'the disk is full: free some space'
      : 'see to the directory and its disk';
  return new TelemetryError(
    'state_unusable',
    `spooling a snapshot in ${directory} failed: ${reasonOf(cause)}; ${mend}`,
    {
      cause,
    },
  );
}
