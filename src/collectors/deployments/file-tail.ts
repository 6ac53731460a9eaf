import type { FileHandle } from 'node:fs/promises';
import { openFile } from '../../runtime/open-file.ts';

export interface TailLimits {
  /** Of a file that is met for the first time, its last so many bytes. */
  readonly firstBytes: number;
  /** Read in one go; the rest waits for the next. */
  readonly mostBytes: number;
  /** A longer line is passed over. */
  readonly longestLine: number;
}

/** What was added to a file since it was read last. */
export interface Tailed {
  /** Whole lines, in order; undefined where one is too long, or where some may have been missed. */
  readonly lines: readonly (string | undefined)[];
  /** There is more than could be read in one go. */
  readonly isBehind: boolean;
}

const headBytes = 128;
const chunkBytes = 64 * 1024;

/**
 * Reads a log as it grows. A file is known by how it begins: inode numbers come again, and a log is rotated by renaming
 * as well as by emptying it.
 */
export class FileTail {
  readonly #path: string;
  readonly #limits: TailLimits;
  #head: Buffer | undefined;
  #offset = 0;
  /** Within a line of which the beginning was not kept. */
  #isWithinLine = false;
  /** A reading failed half way: what it had read is lost. */
  #wasCutShort = false;

  constructor(path: string, limits: TailLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  async read(): Promise<Tailed> {
    const file = await openFile(this.#path);
    try {
      const lines: Lines = this.#wasCutShort ? [undefined] : [];
      this.#wasCutShort = true;
      const { size } = await file.stat();
      const head = await readAt(file, 0, headBytes);
      if (this.#head === undefined) {
        this.#offset = Math.max(0, size - this.#limits.firstBytes);
        this.#isWithinLine = this.#offset > 0;
      } else if (!isSame(this.#head, this.#offset, head, size)) {
        if (!(await this.#drainRotated(lines))) lines.push(undefined);
        this.#offset = 0;
        this.#isWithinLine = false;
      }
      this.#head = head;
      const isAtEnd = await this.#readLines(file, lines);
      this.#wasCutShort = false;
      return { lines, isBehind: !isAtEnd };
    } finally {
      await file.close();
    }
  }

  /** Reads what was added before the file was renamed; false where that is not to be found. */
  async #drainRotated(into: Lines): Promise<boolean> {
    const file = await openFile(`${this.#path}.1`).catch(() => undefined);
    if (file === undefined) return false;
    try {
      const { size } = await file.stat();
      const head = await readAt(file, 0, headBytes);
      if (this.#head === undefined || !isSame(this.#head, this.#offset, head, size)) return false;
      return (await this.#readLines(file, into)) && this.#offset === size;
    } finally {
      await file.close();
    }
  }

  /** Moves on behind the last whole line; false when there is more than may be read at once. */
  async #readLines(file: FileHandle, into: Lines): Promise<boolean> {
    const until = this.#offset + this.#limits.mostBytes;
    let held = Buffer.alloc(0);
    while (this.#offset + held.length < until) {
      const chunk = await readAt(file, this.#offset + held.length, chunkBytes);
      if (chunk.length === 0) return true;
      held = this.#takeLines(Buffer.concat([held, chunk]), into);
      if (held.length > this.#limits.longestLine) {
        this.#offset += held.length;
        if (!this.#isWithinLine) into.push(undefined);
        this.#isWithinLine = true;
        held = Buffer.alloc(0);
      }
    }
    return false;
  }

  /** Gives back what is no whole line yet. */
  #takeLines(bytes: Buffer, into: Lines): Buffer<ArrayBuffer> {
    let begin = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, begin)) {
      if (!this.#isWithinLine) into.push(bytes.toString('utf8', begin, end));
      this.#isWithinLine = false;
      begin = end + 1;
    }
    this.#offset += begin;
    return Buffer.from(bytes.subarray(begin));
  }
}

type Lines = (string | undefined)[];

/** Whether a file still begins as it did, and has not become shorter than what was read of it. */
function isSame(knownHead: Buffer, offset: number, head: Buffer, size: number): boolean {
  return size >= offset && head.subarray(0, knownHead.length).equals(knownHead);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
