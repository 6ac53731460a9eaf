import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalog } from '../../src/catalog/catalog.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { checkout } from './support/parts.ts';
import { type Finished, runProgram } from './support/program.ts';

/** Whole, because npm may find its registry there. */
const env = { ...process.env, PATH: `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}` };

/** The oldest Node, without the signs before it. */
const packageJson = z.object({
  engines: z.object({ node: z.string().transform((range) => range.replace('>=', '')) }),
});

let folder: string;
/** An empty folder in which only the tarball was installed. */
let home: string;

async function run(command: string, args: readonly string[], cwd: string): Promise<Finished> {
  const finished = await runProgram({ command, args, cwd, env });
  if (finished.code !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${finished.stdout}${finished.stderr}`);
  return finished;
}

async function evaluate(source: string): Promise<unknown> {
  const { stdout } = await run('node', ['--input-type=module', '--eval', source], home);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  folder = await makeFolder('package');
  home = join(folder, 'home');
  await mkdir(home);
  // Builds it, too.
  await run('npm', ['pack', '--pack-destination', folder], checkout);
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  // What it depends on was installed here before: no more is asked of the registry than must be.
  const thrifty = ['--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...thrifty, join(folder, tarball)], home);
});
afterAll(async () => {
  if (folder !== undefined) await removeFolder(folder);
});

describe('the package, installed from its tarball into an empty folder', () => {
  it('has a program that teaches how to use it', async () => {
    const { stdout } = await run(join(home, 'node_modules/.bin/ciris-telemetry'), ['--help'], home);
    for (const command of ['serve', 'writer', 'migrate', 'collect']) expect(stdout).toContain(command);
  });

  it('is a library that hosts can import', async () => {
    const names = await evaluate("console.log(JSON.stringify(Object.keys(await import('ciris-telemetry'))))");
    expect(names).toEqual(expect.arrayContaining(['createTelemetry', 'entityOf', 'registerObservables']));
  });

  it('is a library with types, in which the examples compile as strictly as TypeScript can', async () => {
    const examples = join(checkout, 'docs/examples');
    const names = (await readdir(examples)).map((name) => name.replace(/\.ts$/, ''));
    for (const name of names) await copyFile(join(examples, `${name}.ts`), join(home, `${name}.mts`));
    // Of the checkout, the compiler and the types of Node alone.
    const node = ['--typeRoots', join(checkout, 'node_modules/@types'), '--types', 'node'];
    const target = [
      '--noEmit',
      '--target',
      'es2024',
      '--module',
      'nodenext',
      '--lib',
      'es2024,esnext.disposable',
    ];
    const strict = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--verbatimModuleSyntax',
    ];
    await run(
      'tsc',
      ['--ignoreConfig', ...target, ...strict, ...node, ...names.map((name) => `${name}.mts`)],
      home,
    );
    expect(names).toEqual(expect.arrayContaining(['own-collector', 'own-fleet']));
  });

  it('gives its catalog to other tools', async () => {
    const names = await evaluate(
      "const { catalog } = await import('ciris-telemetry/catalog'); console.log(JSON.stringify(catalog.entities.map((e) => e.name)))",
    );
    expect(names).toEqual(catalog.entities.map(({ name }) => name));
  });

  it('brings its migrations, boards, Collector configuration and reference, and no tests or generators', async () => {
    const installed = join(home, 'node_modules/ciris-telemetry');
    const files = await readdir(installed, { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining([
        'migrations/0001_init.sql',
        'grafana/dashboards/containers.json',
        'otel-collector-config.yaml',
        'docs/METRICS.md',
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
      ]),
    );
    const ours = files.filter((name) => !name.startsWith('node_modules'));
    expect(ours.filter((name) => /(^test|^src|\/gen\/|\.test\.)/.test(name))).toEqual([]);
  });

  it('runs on the oldest Node that it says it runs on', async () => {
    const { engines } = packageJson.parse(JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')));
    const old = join(folder, 'old');
    await mkdir(old);
    // Its program comes by a script of that package, which npm may want to be allowed.
    await writeFile(join(old, 'package.json'), '{"private":true,"allowScripts":{"node":true}}');
    await run('npm', ['install', `node@${engines.node}.0`, '--ignore-scripts=false'], old);
    const main = join(home, 'node_modules/ciris-telemetry/dist/cli/main.js');
    const node = join(old, 'node_modules/node/bin/node');
    for (const command of ['serve', 'writer', 'migrate', 'collect'])
      await run(node, [main, command, '--help'], home);
    const args = [main, 'collect', '--json', '--docker-host', 'unix:///nowhere.sock'];
    const { code, stdout } = await runProgram({ command: node, args, cwd: home, env });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: expect.arrayContaining([expect.objectContaining({ entity: 'server' })]),
    });
    const state = join(folder, 'old-state');
    await run(node, [main, 'migrate', '--state-dir', state], home);
    expect(await readdir(state)).toContain('postgres');
  });

  it('makes a database in its state directory', async () => {
    const state = join(folder, 'state');
    await run(join(home, 'node_modules/.bin/ciris-telemetry'), ['migrate', '--state-dir', state], home);
    expect(await readdir(state)).toContain('postgres');
  });
});
