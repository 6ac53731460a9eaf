import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rolesScript } from '../../src/db/migrate/roles.ts';
import { testFolder } from '../app/support.ts';
import { run } from './support/command.ts';

describe('migrate --print-roles', () => {
  it('prints SQL for an administrator, and needs no database', async () => {
    await using folder = await testFolder();
    const path = join(folder.path, 'roles.sql');
    const file = await open(path, 'w');
    const env = { TELEMETRY_DATABASE_URL: 'postgres://u@127.0.0.1:1/x' };
    const { code } = await run(['migrate', '--print-roles'], { env, stdout: file.fd });
    await file.close();
    expect(code).toBe(0);
    expect(await readFile(path, 'utf8')).toBe(rolesScript());
  });
});

describe('the variables of libpq', () => {
  it('say what the address leaves out', async () => {
    const env = { TELEMETRY_DATABASE_URL: 'postgres://u@127.0.0.1:1/x', PGSSLMODE: 'verify-ca' };
    const { code, errors } = await run(['migrate'], { env });
    expect(code).toBe(2);
    expect(errors).toMatch(/TELEMETRY_DATABASE_URL cannot be used: sslmode=verify-ca needs sslrootcert/);
  });
});
