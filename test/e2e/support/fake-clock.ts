import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { part } from './parts.ts';

/** A program's clock that can be put forward and back while it runs; timers and durations stay as they are. */
export interface FakeClock {
  /** What makes a program go by it. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the clock is so many seconds ahead of the machine's, or behind it. */
  jumpTo(offsetSeconds: number): Promise<void>;
}

export async function makeFakeClock(parent: string, name: string): Promise<FakeClock> {
  const folder = join(parent, name);
  await mkdir(folder);
  const file = join(folder, 'offset');
  const jumpTo = async (offsetSeconds: number) => {
    // At no moment is the file there and empty.
    await writeFile(`${file}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
    await rename(`${file}.new`, file);
  };
  await jumpTo(0);
  const env = {
    LD_PRELOAD: part('libfaketime'),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { env, jumpTo };
}
