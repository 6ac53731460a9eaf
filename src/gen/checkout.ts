import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Artifact } from './artifact.ts';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The text of a file, or undefined when there is none. */
export function readCheckout(path: string): string | undefined {
  const file = join(checkout, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Paths that match, relative to the checkout and sorted. */
export function findInCheckout(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: checkout }).sort();
}

export function isStale({ path, content }: Artifact): boolean {
  return readCheckout(path) !== content;
}

export function writeArtifact({ path, content }: Artifact): void {
  const file = join(checkout, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
