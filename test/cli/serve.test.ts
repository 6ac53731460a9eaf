import { expect, it } from 'vitest';
import { testFolder } from '../app/support.ts';
import { run, start } from './support/command.ts';

it('an endpoint given by flag is pushed to, whatever variables name another one or none', async () => {
  await using folder = await testFolder();
  const args = ['serve', '--port', '0', '--docker-host', 'unix:///nowhere.sock', '--state-dir', folder.path];
  const env = {
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:2/other',
    OTEL_METRICS_EXPORTER: 'none',
  };
  await using command = start([...args, '--otlp-endpoint', 'http://127.0.0.1:1'], { env });
  await command.said('goes to');
  expect(command.errors()).toContain('goes to http://127.0.0.1:1/v1/metrics');
});

it.each([{ TELEMETRY_ENABLED: 'false' }, { OTEL_SDK_DISABLED: ' TRUE\r' }])(
  'switched off by %o, it starts nothing, whatever other settings are wrong',
  async (env) => {
    const { code, errors } = await run(['serve'], { env: { ...env, TELEMETRY_INTERVAL: 'often' } });
    expect(errors).toMatch(/^[^\n]*telemetry is switched off [^\n]*\n$/);
    expect(code).toBe(0);
  },
);
