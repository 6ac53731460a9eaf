import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { openStateDir } from '../support/state-dir.ts';
import { run } from './support/command.ts';

let postgres: TestPostgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await openStateDir();
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

async function policies(
  args: readonly string[],
  yaml = '',
): Promise<{ code: unknown; errors: string; output: string }> {
  const config = join(folder, 'conf.yaml');
  await writeFile(config, yaml);
  const path = join(folder, 'output');
  const file = await open(path, 'w');
  const env = { TELEMETRY_DATABASE_URL: postgres.url };
  const ended = await run(['policies', ...args, '--config', config], { env, stdout: file.fd });
  await file.close();
  return { ...ended, output: await readFile(path, 'utf8') };
}

const shorter = 'retention: {container: {raw: 3d}}';
const table = `
TABLE      WHAT      FROM  TO
container  raw       7d    3d
container  compress  6d    2d
container  late      5d    1d
`.trimStart();

describe('ciris-telemetry policies', () => {
  it('plans, applies and shows', async () => {
    expect(await policies(['plan'])).toMatchObject({
      code: 0,
      errors: '',
      output: 'nothing to do: the settings are in force\n',
    });
    expect(await policies(['plan'], shorter)).toEqual({ code: 3, errors: '', output: table });
    expect(await policies(['apply'], shorter)).toEqual({ code: 0, errors: '', output: table });
    expect(await policies(['plan'], shorter)).toMatchObject({ code: 0 });
    const { code, output } = await policies(['show']);
    expect(code).toBe(0);
    const lines = output.split('\n');
    expect(lines[0]).toMatch(/^TABLE +KEEP +COMPRESS +LATE +SIZE +OLDEST ROW +FILLED UNTIL +KEPT BY$/);
    expect(lines.find((line) => line.startsWith('container '))).toMatch(
      /^container +3d +- +1d +[\d.]+ KiB +- +- +maintenance$/,
    );
    expect(JSON.parse((await policies(['show', '--json'])).output)).toMatchObject({
      lines: expect.arrayContaining([expect.objectContaining({ name: 'container', keep: 259_200_000 })]),
      remarks: [],
    });
  }, 180_000);

  it('refuses what would lose data, and says why', async () => {
    const { code, errors, output } = await policies(['apply'], 'retention: {container: {raw: 3d, late: 3d}}');
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(
      /^ciris-telemetry: setting retention: raw of container: the rollup of 5m is refreshed 4d back, .*give raw at least 5d/,
    );
  });

  it('says what useless compression is, and does the rest', async () => {
    const { code, errors } = await policies(['plan'], 'retention: {server: {compress: 20d}}');
    expect(code).toBe(3);
    expect(errors).toMatch(
      /^compress of server: chunks of 1d .* compression is useless; give raw at least 21d/,
    );
  });

  it('says of a database that is not there what is wrong', async () => {
    const ended = await run(['policies', 'show'], {
      env: { TELEMETRY_DATABASE_URL: 'postgresql://u@/d?host=/nowhere' },
    });
    expect(ended).toEqual({
      code: 1,
      errors: expect.stringMatching(
        /^ciris-telemetry: cannot show the policies of postgresql:\/\/u@\/nowhere\/d: /,
      ),
    });
  });
});
