import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockSpool } from '../../src/app/spool-lock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { testFolder } from './support.ts';

/** Of the second, a socket's address holds no more than half. Where a folder has no short path besides, there is no lock. */
it.runIf(process.platform === 'linux').each([10, 200])(
  "a spool is one exporter's alone, also under a name of %d characters",
  async (length) => {
    await using folder = await testFolder();
    const directory = join(folder.path, 'x'.repeat(length), 'spool');
    await mkdir(directory, { recursive: true });
    const first = await lockSpool(directory, silentLogger);
    await expect(lockSpool(directory, silentLogger)).rejects.toMatchObject({
      code: 'state_unusable',
      message: expect.stringMatching(/^another exporter keeps its waiting snapshots in /),
    });
    await first?.release();
    const second = await lockSpool(directory, silentLogger);
    expect(second).toBeDefined();
    await second?.release();
  },
);
