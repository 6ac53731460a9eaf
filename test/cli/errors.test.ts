import { execFile } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../app/support.ts';
import { run } from './support/command.ts';

const off = ['serve', '--enabled', 'false'];

/** What cannot be tried on a developer's machine is left out there; where CI runs it must be possible. */
const elsewhere = (impossible: boolean): boolean => impossible && process.env.CI !== 'true';

describe('what a command cannot do', () => {
  it('is one line for people', async () => {
    const { code, errors } = await run(['serve'], { env: { TELEMETRY_INTERVAL: 'abc' } });
    expect(code).toBe(2);
    expect(errors).toBe(
      'ciris-telemetry: setting interval: "abc" (from TELEMETRY_INTERVAL) is not accepted: give seconds from 1 to 86400\n',
    );
  });

  it.each([
    ['by its flag', ['serve', '--log-format', 'json', '--interval', '0'], {}],
    ['by its flag in one word', ['serve', '--log-format=json', '--interval', '0'], {}],
    ['by its variable', ['serve', '--interval', '0'], { TELEMETRY_LOG_FORMAT: 'json' }],
    ['and the arguments are wrong', ['serve', '--intervall', '0'], { TELEMETRY_LOG_FORMAT: 'json' }],
  ])('is one JSON object where the log is JSON %s', async (_, args, env) => {
    const { code, errors } = await run(args, { env });
    expect(code).toBe(2);
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(errors)).toMatchObject({ level: 50, msg: expect.stringContaining('interval') });
  });

  it('is one JSON object where the settings file wants that, even if it is wrong elsewhere', async () => {
    await using folder = await testFolder();
    const path = join(folder.path, 'conf.yaml');
    await writeFile(path, 'log_format: json\ninterval: often\n');
    expect(JSON.parse((await run(['serve', '--config', path])).errors)).toMatchObject({ level: 50 });
  });

  it('is a settings file that is not there, not given, or not written in UTF-8', async () => {
    await using folder = await testFolder();
    const path = join(folder.path, 'conf.yaml');
    await writeFile(path, Buffer.from('server_id: Zürich\n', 'latin1'));
    for (const given of [['--config', path], ['--config', join(folder.path, 'none')], ['--config=']]) {
      const { code, errors } = await run([...off, ...given]);
      expect(code).toBe(2);
      expect(errors).toMatch(/^ciris-telemetry: settings file .* cannot be read .*\n$/);
    }
  });

  it('shows no password, whether of the database or of a settings file', async () => {
    await using folder = await testFolder();
    const path = join(folder.path, 'conf.yaml');
    await writeFile(path, 'database_url: "postgres://me:hunter2@db/x\n');
    const refused = await Promise.all([
      run(['serve', '--config', path]),
      run(['migrate', '--database-url', 'postgres://me:hunter2@127.0.0.1:1/x']),
      run([
        'migrate',
        '--database-url',
        'postgres://me:hunter2@db/x?sslmode=verify-full&sslrootcert=/no.pem',
      ]),
      run(['serve', '--otlp-endpoint', 'ftp://me:hunter2@collector']),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([2, 1, 2, 2]);
    for (const { errors } of refused) {
      expect(errors).toMatch(/^ciris-telemetry: [^\n]+\n$/);
      expect(errors).not.toContain('hunter2');
    }
  });

  it.skipIf(elsewhere(process.platform !== 'linux'))('is an answer that the disk did not take', async () => {
    await using full = await open('/dev/full', 'w');
    const { code, errors } = await run(['--version'], { stdout: full.fd });
    expect(code).toBe(1);
    expect(errors).toMatch(/^ciris-telemetry: the answer could not be written: ENOSPC/);
  });

  it.skipIf(elsewhere(process.getuid?.() !== 0))(
    'is one line for a user without a home directory',
    async () => {
      const { code, errors } = await run(['serve', '--port', '0'], {
        uid: 54_321,
        // Which is none, as it is not absolute.
        env: { XDG_STATE_HOME: 'state' },
      });
      expect(code).toBe(2);
      expect(errors).toMatch(/^ciris-telemetry: setting state-dir: .*--state-dir or TELEMETRY_STATE_DIR\n$/);
    },
  );
});

describe('a settings file', () => {
  it('may be a pipe, which gives its text but once', async () => {
    await using folder = await testFolder();
    const path = join(folder.path, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    const writing = writeFile(path, 'log_format: json\nenabled: off\n');
    const { errors } = await run(['serve'], { env: { TELEMETRY_CONFIG: ` ${path}\r` } });
    await writing;
    expect(JSON.parse(errors)).toMatchObject({ msg: expect.stringContaining('setting enabled is false') });
  });
});

describe('a variable that no setting is read from', () => {
  it('is named in a warning', async () => {
    const env = { TELEMETRY_INTERVALL: '10', TELEMETRY_WRITER_PORT: '1', TELEMETRY_LOG_FORMAT: 'json' };
    const { code, errors } = await run(off, { env });
    const [warning, info] = errors.trim().split('\n');
    expect(JSON.parse(warning ?? '')).toMatchObject({
      level: 40,
      msg: expect.stringMatching(/^no setting is read from TELEMETRY_INTERVALL: /),
    });
    expect(JSON.parse(info ?? '')).toMatchObject({ msg: expect.stringContaining('nothing is started') });
    expect(code).toBe(0);
  });

  it('is passed over when Kubernetes set it', async () => {
    const env = { TELEMETRY_SERVICE_HOST: '10.0.0.1', TELEMETRY_PORT: 'tcp://10.0.0.1:80' };
    expect((await run(off, { env })).errors).not.toContain('no setting');
  });
});
