import { chmod, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The path in `parent` of what takes a while to make, and is copied by each test file that needs it. Any number of test files may ask
 * at once, and none sees a half of it.
 */
export async function prepared(
  parent: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const path = join(parent, name);
  if (await exists(path)) return path;
  await mkdir(parent, { recursive: true });
  const draft = await mkdtemp(join(parent, 'making-'));
  await chmod(draft, 0o755);
  await make(draft);
  await rename(draft, path).catch(async (thrown: unknown) => {
    // Another test file was quicker.
    await rm(draft, { recursive: true });
    if (!(await exists(path))) throw thrown;
  });
  return path;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
