import { describe, expect, it } from 'vitest';
import { loadSettings, type Sources } from '../../src/config/load.ts';
import { serveSettings, sharedSettings, writerSettings } from '../../src/config/settings.ts';
import { parseSettingsFile } from '../../src/config/settings-file.ts';

const nothing: Sources = { flags: {}, env: {}, file: undefined };
const load = (sources: Partial<Sources>) => loadSettings(serveSettings, { ...nothing, ...sources });
const file = (values: Record<string, unknown>) => ({ path: 'conf.yaml', values });

describe('settings', () => {
  it('have their defaults when nothing is given: P27, B71: loopback, port 9464', () => {
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
    expect(load({ env: { TELEMETRY_INTERVAL: ' \r' } }).interval).toBe(60);
  });

  it('are read without the blanks around them, but of secrets only the end of the line', () => {
    const env = { TELEMETRY_INTERVAL: '20\r', TELEMETRY_SERVER_ID: ' a ', MANAGER_JWT_SECRET: 'secret \r' };
    expect(load({ env })).toMatchObject({ interval: 20, serverId: 'a', jwtSecret: 'secret ' });
  });

  it('are read without the quotes that an --env-file of Docker leaves in a variable, but for those of secrets', () => {
    const env = { TELEMETRY_SERVER_ID: '"a b"', TELEMETRY_LABELS: "'a,b'", MANAGER_JWT_SECRET: '"x"' };
    expect(load({ env })).toMatchObject({ serverId: 'a b', labels: ['a', 'b'], jwtSecret: '"x"' });
    expect(load({ env: { TELEMETRY_INTERVAL: '""' } }).interval).toBe(60);
    expect(load({ flags: { serverId: '"a"' } }).serverId).toBe('"a"');
  });

  it.each(['false', '0', 'no', 'OFF'])('read %s as no', (text) => {
    expect(load({ env: { TELEMETRY_ENABLED: text } }).enabled).toBe(false);
  });

  it.each(['::1', '[::1]'])('take the address %s, with or without the brackets of a URL', (host) => {
    expect(load({ flags: { host } }).host).toBe('::1');
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
    [
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/v1/metrics' } },
      'setting otlp-endpoint: "http://collector:4318/v1/metrics" (from OTEL_EXPORTER_OTLP_ENDPOINT) is not accepted: give an address such as http://127.0.0.1:4318, without /v1/metrics',
    ],
    [
      { file: file({ state_dir: '~/telemetry' }) },
      'setting state-dir: "~/telemetry" (from state_dir in conf.yaml) is not accepted: give the path of a folder, without ~',
    ],
  ])('refuse %o in one line that names setting, value and mend', (sources, message) => {
    expect(() => load(sources)).toThrow(message);
  });

  it('do not show a secret that is not accepted', () => {
    const refused = () => load({ env: { TELEMETRY_DATABASE_URL: 'mysql://root:hunter2@db' } });
    expect(refused).toThrow('a value that is not shown');
    expect(refused).not.toThrow('hunter2');
  });

  it('do not show the credentials in an address that is not accepted', () => {
    const refused = () => load({ flags: { otlpEndpoint: 'ftp://me:hunter2@collector' } });
    expect(refused).toThrow('"ftp://***@collector"');
  });

  it.each([
    [{ labels: 'a, b' }, { labels: ['a', 'b'] }],
    [{ labels: ['a', 'b'] }, { labels: ['a', 'b'] }],
    [{ interval: '10' }, { interval: 10 }],
    [{ enabled: 'no' }, { enabled: false }],
  ])('read text in the file as in a variable: %o', (values, expected) => {
    expect(load({ file: file(values) })).toMatchObject(expected);
  });

  it.each([
    [{ docker_api_version: 1.44 }, /docker-api-version: 1\.44 .* give a version such as 1\.44, in quotes$/],
    [{ server_id: 1 }, /server-id: 1 .* give a short name, in quotes$/],
    [{ interval: Number.NaN }, /interval: NaN .* give seconds from 1 to 86400$/],
    [{ interval: null }, /interval: null .* give seconds from 1 to 86400$/],
  ])('ask for quotes where the file has a number for text: %o', (values, message) => {
    expect(() => load({ file: file(values) })).toThrow(message);
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

  it.each(['', '# nothing\n', '---\n...\n', '\uFEFF'])('may be empty: %j', (text) => {
    expect(parse(text)).toEqual({ '': {}, writer: {} });
  });

  it.each([
    ['\uFEFFstate_dir: a\r\n', { state_dir: 'a' }],
    [
      'state_dir: no\nlog_level: &l info\nlog_format: *l',
      { state_dir: 'no', log_level: 'info', log_format: 'info' },
    ],
    ['{"state_dir": "a"}', { state_dir: 'a' }],
    ['state_dir: 2026-01-01', { state_dir: '2026-01-01' }],
  ])('is read as YAML 1.2 has it: %j', (text, values) => {
    expect(parse(text)['']).toEqual(values);
  });

  it.each([
    [
      'log_levle: debug',
      'there is no setting log_levle; the settings are database_url, state_dir, log_level',
    ],
    [
      'writer:\n  prot: 1',
      'conf.yaml, section writer: there is no setting prot; the settings are host, port',
    ],
    ['writer: 4320', 'writer must be a mapping'],
    ['- a', 'must be a mapping'],
    ['a: [', 'settings file conf.yaml: Flow sequence'],
    ['log_level: info\nlog_level: warn', 'Map keys must be unique (line 2, column 1)'],
    ['log_level: info\n---\nlog_level: warn', 'It holds more than one document (line 2, column 1)'],
    ['writer:\n\tport: 1', 'Tabs are not allowed as indentation (line 2, column 1)'],
    ['log_level: !secret x', 'Unresolved tag: !secret (line 1, column 12)'],
    ['log_level: *x', 'Unresolved alias'],
  ])('is refused when it says %o', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it.each([
    'database_url: "postgres://me:hunter2@db/x\n',
    'database_url: postgres://me:hunter2@db: 5432/x\n',
    'database_url: [postgres://me:hunter2@db/x\n',
  ])('is refused in one line without a word of what it holds: %j', (text) => {
    expect(() => parse(text)).toThrow(/^settings file conf\.yaml: [^\n]*\(line \d, column \d+\)$/);
    expect(() => parse(text)).not.toThrow('hunter2');
  });
});
