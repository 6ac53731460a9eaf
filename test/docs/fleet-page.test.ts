import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/catalog/catalog.ts';
import { familiesOf } from '../../src/catalog/families.ts';
import { agentsOptions } from '../../src/collectors/agents/options.ts';
import { allowedPaths } from '../../src/collectors/deployments/allowed-paths.ts';
import { sourceNames } from '../../src/snapshot/fleet/known-sources.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/FLEET.md'), 'utf8');
const listed = [...page.slice(page.indexOf('## Findings')).matchAll(/^\| `(\w+)` \|/gm)].map(
  ([, kind]) => kind,
);

const textOf = (pattern: string): string =>
  globSync(pattern, { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
const found = (text: string, pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, match = '']) => match))].sort();

describe('the page about the fleet', () => {
  it('lists every kind of finding, and no other', () => {
    const code = textOf('src/{collectors,snapshot}/**/*.ts');
    const fixed = found(code, /kind: '([a-z]+(?:_[a-z]+)+)'/g);
    const composed = ['token_undecryptable', 'token_unreadable'];
    expect(found(code, /kind: `([^`$]+)/g)).toEqual(['token_']);
    expect([...listed].sort()).toEqual([...fixed, ...composed].sort());
  });

  it('lists no finding that no test has seen', () => {
    const tests = textOf('test/{collectors,snapshot,cases,e2e}/**/*.{ts,json}');
    expect(listed.filter((kind = '') => !tests.includes(kind))).toEqual([]);
  });

  it('names all that is asked of an agent, and how often', () => {
    const asked = found(textOf('src/collectors/agents/*.ts'), /path(?: =|:) '([^'?]+)/g);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.filter((path) => !page.includes(`\`${path}\``))).toEqual([]);
    const { requestsPerMinute, requestsLeft, healthInterval, overviewInterval } = agentsOptions.parse({});
    expect(page).toContain(`at most ${requestsPerMinute} times within any minute`);
    expect(page).toContain(`when fewer than ${requestsLeft}\nare left`);
    expect(page).toContain(`at most every ${healthInterval} seconds`);
    expect(page).toContain(`every ${overviewInterval} seconds;`);
  });

  it('names all that is asked of CIRISManager', () => {
    expect(found(page, /`(\/manager\/[^`]+)`/g)).toEqual(allowedPaths.map(({ path }) => path).sort());
  });

  it('names the sources, and only metrics that there are', () => {
    const names = [...sourceNames.targets, ...sourceNames.deployments];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const known = new Set(familiesOf(catalog).flatMap(({ name, attributes }) => [name, ...attributes]));
    expect(found(page, /`(ciris\.[a-z_.]+)`/g).filter((name) => !known.has(name))).toEqual([]);
  });
});
