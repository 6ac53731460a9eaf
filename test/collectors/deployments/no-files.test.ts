import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { collectAt, HandClock, ownFolder, sourceRow } from './support.ts';

const why = /it is no file but a folder, a pipe or a device/;

/** Makes what stands where a file should; gives its path. */
const makers = {
  'a pipe that nobody writes to': async (path: string) => {
    execFileSync('mkfifo', [path]);
    return path;
  },
  'a folder': async (path: string) => {
    await mkdir(path);
    return path;
  },
  'a device without end': async () => '/dev/zero',
};

it.each(Object.entries(makers))('%s in the place of a file costs its own source alone', async (_, make) => {
  const folder = await ownFolder();
  const clock = new HandClock('2026-11-25T11:00:00Z');
  const options = {
    deploymentState: await make(join(folder, 'state')),
    auditLog: await make(join(folder, 'audit')),
    managerUrl: 'http://127.0.0.1:1',
    managerTokenFile: await make(join(folder, 'token')),
  };
  const collector = createDeploymentsCollector(options, { clock, logger: silentLogger });
  for (let time = 0; time < 5; time += 1) {
    const { problems, failure, ...collected } = await collectAt(collector, clock, 2000);
    expect(failure).toMatchObject({ type: 'protocol', message: expect.stringMatching(why) });
    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(why)]);
    for (const source of ['manager_api', 'deployment_state', 'audit_log']) {
      expect(sourceRow({ ...collected, problems }, source)).toMatchObject({
        info: { 'error.type': 'protocol' },
        values: { up: 0 },
      });
    }
  }
  // Whatever waits for ever holds one of the four threads that files are read with.
  expect(await readFile(import.meta.filename, 'utf8')).toContain('threads');
  await collector.close();
});
