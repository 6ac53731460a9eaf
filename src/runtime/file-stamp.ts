import type { FileHandle } from 'node:fs/promises';

/** How a file stood when it was opened. */
export interface FileStamp {
  /** Equal ones mean the same bytes. Undefined of a file so new that it may still change without a trace. */
  readonly mark: string | undefined;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/** Two writes so soon after each other may leave the same inode number, time and size, and so may a file that takes another's place. */
const settledMs = 2000;

export async function stampOf(file: FileHandle, nowMs: number): Promise<FileStamp> {
  const { ino, size, mtimeNs, mtimeMs } = await file.stat({ bigint: true });
  const modifiedMs = Number(mtimeMs);
  const isSettled = Math.abs(nowMs - modifiedMs) > settledMs;
  return { mark: isSettled ? [ino, size, mtimeNs].join(' ') : undefined, size: Number(size), modifiedMs };
}
