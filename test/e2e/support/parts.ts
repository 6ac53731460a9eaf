import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** The names that `.ci/parts.sh --list` prints. */
export type PartName =
  | 'busybox'
  | 'collector'
  | 'docker'
  | 'docker-20.10'
  | 'docker-newest'
  | 'go-client'
  | 'libfaketime'
  | 'podman'
  | 'postgres-14'
  | 'postgres-15'
  | 'postgres-16'
  | 'postgres-17'
  | 'prometheus-2'
  | 'prometheus-3'
  | 'promtool-2'
  | 'promtool-3'
  | 'python-client';

function listParts(): ReadonlyMap<string, string> {
  const lines = execFileSync('bash', ['.ci/parts.sh', '--list'], { cwd: checkout, encoding: 'utf8' });
  const pairs = lines
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return new Map(pairs.map(([name = '', path = '']) => [name, path]));
}

let parts: ReadonlyMap<string, string> | undefined;

/** The path of a real part's program; throws when the part is not installed. */
export function part(name: PartName): string {
  parts ??= listParts();
  const path = parts.get(name);
  if (path === undefined) throw new Error(`.ci/parts.sh --list names no part ${name}`);
  if (!existsSync(path)) {
    throw new Error(`The part ${name} is not at ${path}: run "bash .ci/parts.sh" as root to install it`);
  }
  return path;
}
