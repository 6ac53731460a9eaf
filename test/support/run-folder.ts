import { rm } from 'node:fs/promises';
import { openFolder } from './open-folder.ts';

/** Set-up of a whole run: a folder for what its test files make once and share, such as a migrated database to copy. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await openFolder();
  process.env.TEST_RUN_FOLDER = folder;
  return () => rm(folder, { recursive: true });
}
