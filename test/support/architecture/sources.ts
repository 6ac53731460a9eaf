import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sources } from './rules.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** All sources of the product. */
export function readSources(): Sources {
  const files = globSync('src/**/*.ts', { cwd: checkout }).sort();
  return new Map(files.map((file) => [file, readFileSync(join(checkout, file), 'utf8')]));
}
