import { describe, expect, it } from 'vitest';
import { loadSettings, parseSettingsFile, type Sources } from '../../src/config/load.ts';
import { serveSettings, sharedSettings, writerSettings } from '../../src/config/settings.ts';

const nothing: Sources = { flags: {}, env: {}, file: undefined };
const load = (sources: Partial<Sources>) => loadSettings(serveSettings, { ...nothing, ...sources });
const file = (values: Record<string, unknown>) => ({ path: 'conf.yaml', values });

describe('settings', () => {
  it('have their defaults when nothing is given', () => {
    expect(load({})).toMatchObject({
      enabled: true,
      host: '127.0.0.1',
      port: 9464,
      interval: 60,
      dockerHost: 'unix:///var/run/docker.sock',
      databaseUrl: undefined,
    });
  });

  it('come from the file, the environment over it, and flags over both', () => {
    const given = file({ interval: 10, port: 1, server_id: 'a' });
    const values = load({
      file: given,
      env: { TELEMETRY_INTERVAL: '20', OTEL_EXPORTER_PROMETHEUS_PORT: '2' },
      flags: { port: '3' },
    });
    expect(values).toMatchObject({ interval: 20, port: 3, serverId: 'a' });
  });

  it('take an empty variable for one that is not set', () => {
    expect(load({ env: { TELEMETRY_INTERVAL: '' } }).interval).toBe(60);
  });

  it.each(['false', '0', 'no', 'OFF'])('read %s as no', (text) => {
    expect(load({ env: { TELEMETRY_ENABLED: text } }).enabled).toBe(false);
  });

  it('read a list with commas', () => {
    expect(load({ flags: { labels: 'a, b' } }).labels).toEqual(['a', 'b']);
  });

  it.each([
    [
      { env: { TELEMETRY_INTERVAL: '0' } },
      'setting interval: "0" (from TELEMETRY_INTERVAL) is not accepted: give seconds from 1 to 86400',
    ],
    [
      { flags: { port: 'http' } },
      'setting port: "http" (from --port) is not accepted: give a number from 0 to 65535',
    ],
    [
      { file: file({ interval: 'often' }) },
      'setting interval: "often" (from interval in conf.yaml) is not accepted: give seconds from 1 to 86400',
    ],
  ])('refuse %o in one line that names setting, value and mend', (sources, message) => {
    expect(() => load(sources)).toThrow(message);
  });

  it('do not show a secret that is not accepted', () => {
    const refused = () => load({ env: { TELEMETRY_DATABASE_URL: 'mysql://root:hunter2@db' } });
    expect(refused).toThrow('a value that is not shown');
    expect(refused).not.toThrow('hunter2');
  });
});

describe('the settings file', () => {
  const sections = { '': sharedSettings, writer: writerSettings };
  const parse = (text: string) => parseSettingsFile(text, 'conf.yaml', sections);

  it('gives the settings of each section', () => {
    expect(parse('log_level: debug\nwriter:\n  port: 1\n')).toEqual({
      '': { log_level: 'debug', writer: { port: 1 } },
      writer: { port: 1 },
    });
  });

  it('may be empty', () => {
    expect(parse('')).toEqual({ '': {}, writer: {} });
  });

  it.each([
    [
      'log_levle: debug',
      'there is no setting log_levle; the settings are database_url, state_dir, log_level',
    ],
    ['writer:\n  prot: 1', 'writer of conf.yaml: there is no setting prot; the settings are host, port'],
    ['writer: 4320', 'writer must be a mapping'],
    ['- a', 'must be a mapping'],
    ['a: [', 'settings file conf.yaml: Flow sequence'],
  ])('is refused when it says %o', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
