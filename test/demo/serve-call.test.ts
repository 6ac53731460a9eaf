import { describe, expect, it } from 'vitest';
import { pathsIn } from '../../src/demo/fleet-folder.ts';
import { environmentOf, flagsOf, urlOf } from '../../src/demo/serve-call.ts';
import { configOf } from '../app/support.ts';

const called = { paths: pathsIn('/demo'), endpoints: ['http://a/', 'http://b/'], folder: '/demo' };

describe('the environment of the demo', () => {
  it('names the simulated fleet, whatever real one was named', () => {
    const real = {
      TELEMETRY_REGISTRY: '/opt/ciris/agents',
      TELEMETRY_STATE_DIR: '/var/lib/ciris-telemetry',
      CIRIS_ENCRYPTION_KEY: 'real',
      TELEMETRY_ENDPOINTS: 'https://agents.example/',
    };
    expect(environmentOf(real, called)).toMatchObject({
      TELEMETRY_REGISTRY: '/demo/agents/metadata.json',
      TELEMETRY_MANAGER_CONFIG: '/demo/config.yml',
      TELEMETRY_DEPLOYMENT_STATE: '/demo/deployment_state.json',
      TELEMETRY_AUDIT_LOG: '/demo/audit.jsonl',
      TELEMETRY_STATE_DIR: '/demo/state',
      TELEMETRY_ENDPOINTS: 'http://a/,http://b/',
      CIRIS_ENCRYPTION_KEY: expect.not.stringContaining('real'),
    });
  });

  it('leads neither to a real manager, nor simulated figures into a real database or collector', () => {
    const real = {
      TELEMETRY_CONFIG: '/etc/ciris-telemetry.yml',
      TELEMETRY_AGENTS: 'sage=http://10.0.0.4:8080',
      TELEMETRY_MANAGER_URL: 'https://manager.example',
      TELEMETRY_MANAGER_TOKEN: 'x',
      TELEMETRY_MANAGER_TOKEN_FILE: '/x',
      MANAGER_JWT_SECRET: 'x',
      CIRIS_ENCRYPTION_SALT: 'x',
      TELEMETRY_DATABASE_URL: 'postgres://db/x',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4318/v1/metrics',
    };
    const environment = environmentOf({ ...real, TELEMETRY_LOG_LEVEL: 'debug' }, called);
    expect(Object.keys(environment).filter((name) => name in real)).toEqual([]);
    expect(environment.TELEMETRY_LOG_LEVEL).toBe('debug');
  });

  it('asks for a snapshot every 5 seconds, unless another interval is given', () => {
    expect(environmentOf({}, called).TELEMETRY_INTERVAL).toBe('5');
    expect(environmentOf({ TELEMETRY_INTERVAL: '2' }, called).TELEMETRY_INTERVAL).toBe('2');
  });
});

describe('the flags of the demo', () => {
  it('are those of serve', () => {
    expect(flagsOf(['--port', '9500', '--otlp-endpoint=http://127.0.0.1:4318', '--config', 'a.yml'])).toEqual(
      {
        port: '9500',
        otlpEndpoint: 'http://127.0.0.1:4318',
        config: 'a.yml',
      },
    );
    expect(() => flagsOf(['serve'])).toThrow(/the demo takes the flags of serve/);
  });

  it('say where to look', () => {
    const urlWith = (flags: Readonly<Record<string, string>>) => urlOf(configOf('/state', flags));
    expect(urlWith({ port: '9464' })).toBe('http://127.0.0.1:9464');
    expect(urlWith({ host: '::1', port: '9500' })).toBe('http://[::1]:9500');
    expect(urlWith({ port: '0' })).toBeUndefined();
  });
});
