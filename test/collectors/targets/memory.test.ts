import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('A.1: the memory of a process that reads the registry', () => {
  it('holds what is shown, and none of the secrets beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'targets-'));
    try {
      const entry = {
        name: 'planted-shown-name',
        port: 18090,
        admin_password: 'planted-hidden-password',
        llm_config: { primary: { api_key: 'planted-hidden-key' } },
        metadata: {
          deployment: 'planted-shown-deployment',
          custom_environment: { CIRIS_SERVICE_TOKEN: 'planted-hidden-token' },
        },
      };
      await writeFile(
        join(folder, 'metadata.json'),
        JSON.stringify({ secret: 'planted-hidden-text', agents: { 'vex-main': entry } }),
      );
      const script = fileURLToPath(new URL('./heap-child.ts', import.meta.url));
      const { stdout } = await run(process.execPath, [script, folder, 'planted-[a-z]+-[a-z]+']);
      expect(JSON.parse(stdout)).toEqual({
        targets: 1,
        found: ['planted-shown-deployment', 'planted-shown-name'],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 180_000);
});
