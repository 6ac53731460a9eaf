import { copyFile, cp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../test/e2e/support/folder.ts';
import { checkout } from '../test/e2e/support/parts.ts';
import { succeed } from '../test/e2e/support/program.ts';

/** The command line as it is installed; run from its sources, Node keeps 25 MB more for reading TypeScript. */
export interface BuiltPackage extends AsyncDisposable {
  /** The script of `ciris-telemetry`. */
  readonly main: string;
}

export async function buildPackage(): Promise<BuiltPackage> {
  const folder = await makeFolder('bench');
  const remove = () => rm(folder, { recursive: true, force: true });
  const modules = join(checkout, 'node_modules');
  try {
    await succeed({
      command: join(modules, '.bin/tsc'),
      args: ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')],
      cwd: checkout,
    });
    await copyFile(join(checkout, 'package.json'), join(folder, 'package.json'));
    await cp(join(checkout, 'migrations'), join(folder, 'migrations'), { recursive: true });
    await symlink(modules, join(folder, 'node_modules'));
    return { main: join(folder, 'dist/cli/main.js'), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
