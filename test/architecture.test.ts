import { describe, expect, it } from 'vitest';
import { findBreaches } from './support/architecture/rules.ts';
import { readSources } from './support/architecture/sources.ts';

describe('the architecture of src', () => {
  const sources = readSources();

  it('is looked at in whole', () => {
    expect([...sources.keys()]).toContain('src/metric/define.ts');
    expect(sources.size).toBeGreaterThan(40);
  });

  it('is kept', () => {
    expect(findBreaches(sources).map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
  });
});

/** The rules that a set of planted files breaks. */
function rulesBrokenBy(files: Readonly<Record<string, string>>): readonly string[] {
  return findBreaches(new Map(Object.entries(files))).map(({ rule }) => rule);
}

describe('the architecture test finds', () => {
  const row = { 'src/metric/row.ts': 'export const row = 1;\n' };

  it.each<[what: string, rule: string, files: Readonly<Record<string, string>>]>([
    ['an import from the right', 'layer', { 'src/metric/a.ts': "import { b } from '../db/b.ts';" }],
    ['a type import from the right', 'layer', { 'src/db/a.ts': "import type { B } from '../writer/b.ts';" }],
    ['a side-effect import from the right', 'layer', { 'src/db/a.ts': "import '../api/b.ts';" }],
    ['a dynamic import from the right', 'layer', { 'src/db/a.ts': "const b = await import('../api/b.ts');" }],
    [
      'an import that cannot be followed',
      'package',
      { 'src/db/a.ts': 'const b = await import(`../${c}.ts`);' },
    ],
    [
      'an import over several lines',
      'layer',
      { 'src/db/a.ts': "import {\n  b,\n  type C,\n} from '../api/b.ts';" },
    ],
    ['an inline type import', 'layer', { 'src/db/a.ts': "type B = import('../api/b.ts').B;" }],
    ['a sibling layer', 'layer', { 'src/export/a.ts': "import { b } from '../db/b.ts';" }],
    ['a sibling collector', 'layer', { 'src/collectors/docker/a.ts': "import { b } from '../agents/b.ts';" }],
    [
      'I/O behind a definition',
      'layer',
      { 'src/collectors/docker/metrics.ts': "import { b } from './client.ts';" },
    ],
    [
      'a collector behind the catalog',
      'layer',
      { 'src/catalog/a.ts': "import { b } from '../collectors/docker/index.ts';" },
    ],
    ['a generator in the product', 'layer', { 'src/cli/a.ts': "import { b } from '../gen/b.ts';" }],
    ['a folder that is in no layer', 'layer', { 'src/misplaced/a.ts': '' }],
    [
      'a cycle of two',
      'cycle',
      { 'src/db/a.ts': "import './b.ts';", 'src/db/b.ts': "import type { A } from './a.ts';" },
    ],
    [
      'a cycle of three',
      'cycle',
      {
        'src/db/a.ts': "import './b.ts';",
        'src/db/b.ts': "import './c.ts';",
        'src/db/c.ts': "import './a.ts';",
      },
    ],
    ['a barrel', 'barrel', { ...row, 'src/db/a.ts': "export * from '../metric/row.ts';" }],
    ['a named barrel', 'barrel', { ...row, 'src/db/a.ts': "export * as row from '../metric/row.ts';" }],
    ['a re-export', 'barrel', { ...row, 'src/db/index.ts': "export { row } from '../metric/row.ts';" }],
    [
      'a re-export of a type',
      'barrel',
      { ...row, 'src/db/index.ts': "export type { Row } from '../metric/row.ts';" },
    ],
    [
      'everything passed on by the entry point',
      'barrel',
      { ...row, 'src/index.ts': "export * from './metric/row.ts';" },
    ],
    ['the entry point imported', 'entry-point', { 'src/app/a.ts': "import { b } from '../index.ts';" }],
    ['a vague file name', 'name', { 'src/db/utils.ts': '' }],
    ['a vague part of a file name', 'name', { 'src/db/sql-helpers.ts': '' }],
    ['a vague folder', 'name', { 'src/db/common/a.ts': '' }],
    ['camel case', 'name', { 'src/db/insertRows.ts': '' }],
    ['the process', 'process', { 'src/db/a.ts': 'const port = process.env.PORT;' }],
    ['the process by its global', 'process', { 'src/db/a.ts': 'const port = globalThis.process.env.PORT;' }],
    ['the process by its module', 'package', { 'src/db/a.ts': "import { env } from 'node:process';" }],
    ['the console in a template', 'process', { 'src/db/a.ts': 'const a = `b${console.log(1)}c`;' }],
    ['the wall clock', 'clock', { 'src/db/a.ts': 'const now = Date.now();' }],
    ['a child process', 'package', { 'src/export/a.ts': "import { spawn } from 'node:child_process';" }],
    ['a database client', 'package', { 'src/api/a.ts': "import { Pool } from 'pg';" }],
    ['a statement of SQL', 'sql', { 'src/api/a.ts': 'const q = `select a from b where c = ${d}`;' }],
    ['a long file', 'size', { 'src/db/a.ts': 'const a = 1;\n'.repeat(301) }],
    ['any', 'types', { 'src/db/a.ts': 'const a: any = 1;' }],
    ['a cast', 'types', { 'src/db/a.ts': 'const a = b as unknown;' }],
    ['a non-null assertion', 'types', { 'src/db/a.ts': 'const a = b[0]!.c;' }],
  ])('%s', (_what, rule, files) => {
    expect(rulesBrokenBy(files)).toEqual([rule]);
  });

  it.each<[what: string, source: string]>([
    ['comments', "// import '../api/b.ts';\n/* process.exit() */"],
    ['strings', `const a = "import '../api/b.ts'"; const b = 'process.env';`],
    ['templates', 'const a = `process.env ${"console"} as any`;'],
    ['regular expressions', "const a = /'import \"/; const b = 4 / 2; const c = '/';"],
    ['properties', 'const a = { process: 1, import: 2 }; a.process; a.import; Promise.any([]);'],
    [
      'renamings',
      "import { a as b, type C as D } from '../metric/row.ts'; import * as e from '../metric/row.ts';",
    ],
    ['constants', 'const a = [1] as const; if (!a || a.length !== 1) throw new Error();'],
    ['words about databases', "throw new Error('cannot select from the list, or update it');"],
    ['a local export', 'const a = 1; export { a }; export const b = import.meta.url;'],
  ])('nothing in %s', (_what, source) => {
    expect(rulesBrokenBy({ 'src/db/a.ts': source, ...row })).toEqual([]);
  });
});
