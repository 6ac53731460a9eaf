import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from './support/folder.ts';
import { checkout } from './support/parts.ts';
import { type Finished, runProgram } from './support/program.ts';

const node = join(checkout, 'node_modules/.bin/node');
const metrics = 'src/collectors/docker/metrics.ts';
const threads = `    threads: counter({
      name: 'ciris.container.threads',
      unit: '{thread}',
      value: 'int',
      brief: 'Threads that the container has started.',
      read: (c) => c.pids,
    }),
`;

/** A copy of the checkout in which files may be changed. */
let copy: string;

async function gen(...args: readonly string[]): Promise<Finished> {
  return runProgram({ command: node, args: ['src/gen/main.ts', ...args], cwd: copy });
}

function read(path: string): Promise<string> {
  return readFile(join(copy, path), 'utf8');
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(copy, path), change(await read(path)));
}

beforeAll(async () => {
  copy = await makeFolder('gen');
  for (const path of ['package.json', 'src', 'migrations', 'docs', 'grafana']) {
    await cp(join(checkout, path), join(copy, path), { recursive: true });
  }
  await symlink(join(checkout, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(async () => {
  if (copy !== undefined) await removeFolder(copy);
});

describe('npm run gen', () => {
  it('finds nothing to do in a checkout as it is', async () => {
    expect(await gen('--check')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('names what was edited by hand and how to mend it, and mends it', async () => {
    const before = await read('docs/METRICS.md');
    await edit('docs/METRICS.md', (text) => text.replace('Full container id.', 'Id.'));
    expect(await gen('--check')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'docs/METRICS.md is stale: run `npm run gen` and commit what it writes.\n',
    });
    expect(await gen()).toEqual({ code: 0, stdout: 'wrote docs/METRICS.md\n', stderr: '' });
    expect(await read('docs/METRICS.md')).toBe(before);
  });

  it('refuses a migration that was changed or is missing', async () => {
    const path = 'migrations/0002_generic.sql';
    const before = await read(path);
    await edit(path, (text) => text.replace('create table', 'create unlogged table'));
    const changed = {
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/0002_generic.sql was changed, .* put it back/),
    };
    expect(await gen('--check')).toEqual(changed);
    expect(await gen()).toEqual(changed);
    await rm(join(copy, path));
    expect(await gen('--check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('0002_generic.sql is missing'),
    });
    await writeFile(join(copy, path), before);
  });

  it('carries a metric that one file defines into everything that follows from it', async () => {
    const migrations = await readdir(join(copy, 'migrations'));
    const untouched = await read('migrations/0001_init.sql');
    await edit(metrics, (text) => text.replace('    uptime: gauge({', `${threads}    uptime: gauge({`));
    expect(await gen('--check')).toMatchObject({ code: 1 });
    expect(await gen()).toMatchObject({ code: 0, stderr: '' });
    const added = (await readdir(join(copy, 'migrations'))).filter((name) => !migrations.includes(name));
    expect(added).toEqual([expect.stringMatching(/^\d{4}_container_threads\.sql$/)]);
    expect(await read(`migrations/${added[0]}`)).toContain(
      'alter table telemetry.container add column threads bigint;',
    );
    expect(await read('migrations/0001_init.sql')).toBe(untouched);
    expect(await read('migrations/schema.sql')).toContain('  threads bigint,');
    expect(await read('migrations/catalog.lock.json')).toContain('"ciris.container.threads"');
    expect(await read('migrations/migrations.lock.json')).toContain('_container_threads": "');
    expect(await read('docs/METRICS.md')).toContain('`ciris_container_threads_total`');
    expect(await gen('--check')).toMatchObject({ code: 0 });
  });

  it('refuses to take back what is published', async () => {
    await edit(metrics, (text) => text.replace(threads, ''));
    const { code, stderr } = await gen();
    expect(code).toBe(1);
    expect(stderr).toContain('removed: ciris.container.threads is published and must stay');
    expect(stderr).toContain('removed: column container.threads is published and must stay');
  });

  it('refuses a definition that breaks a rule', async () => {
    const careless = threads.replace('has started.', 'has started');
    await edit(metrics, (text) => text.replace('    uptime: gauge({', `${careless}    uptime: gauge({`));
    const { code, stderr } = await gen();
    expect(code).toBe(1);
    expect(stderr).toContain(
      'brief: ciris.container.threads needs a brief of one line that ends with a full stop',
    );
  });
});
