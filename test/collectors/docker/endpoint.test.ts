import { describe, expect, it } from 'vitest';
import {
  type Endpoint,
  type EndpointSettings,
  parseEndpoint,
} from '../../../src/collectors/docker/endpoint.ts';

type Settings = Omit<EndpointSettings, 'addressSetting'>;

const parse = (settings: Settings): Endpoint => parseEndpoint({ addressSetting: 'DOCKER_HOST', ...settings });

const tls = { dockerTlsVerify: true, dockerCertPath: '/certs' };

describe('B60 DOCKER_HOST is read as the command line reads it', () => {
  it.each<[string, Omit<Settings, 'dockerHost'>, string]>([
    ['unix:///var/run/docker.sock', {}, 'unix:///var/run/docker.sock'],
    ['unix://', {}, 'unix:///var/run/docker.sock'],
    ['unix:///run/user/1000/podman/podman.sock', tls, 'unix:///run/user/1000/podman/podman.sock'],
    ['tcp://10.0.0.5', {}, 'http://10.0.0.5:2375'],
    ['tcp://10.0.0.5:2376', {}, 'http://10.0.0.5:2376'],
    ['tcp://10.0.0.5:80', {}, 'http://10.0.0.5:80'],
    ['10.0.0.5:2375', {}, 'http://10.0.0.5:2375'],
    ['tcp://10.0.0.5', { dockerTlsVerify: true }, 'https://10.0.0.5:2376'],
    ['tcp://10.0.0.5:2375', { dockerCertPath: '/certs' }, 'https://10.0.0.5:2375'],
    [
      'tcp://10.0.0.5',
      { dockerTlsVerify: false, dockerCertPath: '/certs' },
      'https://10.0.0.5:2376 (certificate not verified)',
    ],
    ['tcp://10.0.0.5', { dockerTlsVerify: false }, 'http://10.0.0.5:2375'],
    ['tcp://10.0.0.5', { tlsCa: '/ca' }, 'https://10.0.0.5:2376'],
    ['tcp://10.0.0.5', { tlsCert: '/cert', tlsKey: '/key' }, 'https://10.0.0.5:2376'],
    ['10.0.0.5', { tlsServerName: 'a.example' }, 'https://10.0.0.5:2376 (verified as a.example)'],
    [
      'tcp://10.0.0.5',
      { dockerTlsVerify: false, tlsServerName: 'a.example' },
      'https://10.0.0.5:2376 (certificate not verified)',
    ],
    ['unix:///run/docker.sock', { tlsCa: '/ca' }, 'unix:///run/docker.sock'],
    ['https://docker.example:443', {}, 'https://docker.example:443'],
    ['https://docker.example', {}, 'https://docker.example:2376'],
    ['http://docker.example:80/engine/', {}, 'http://docker.example:80/engine'],
    ['tcp://[fd00::5]:2375', {}, 'http://[fd00::5]:2375'],
    ['TCP://10.0.0.5:2375', {}, 'http://10.0.0.5:2375'],
    ['tcp://:2375', {}, 'http://localhost:2375'],
    [':2376', { dockerTlsVerify: true }, 'https://localhost:2376'],
    [' unix:///run/docker.sock\n', {}, 'unix:///run/docker.sock'],
  ])('%s with %o is %s', (dockerHost, settings, description) => {
    expect(parse({ dockerHost, ...settings }).description).toBe(description);
  });

  it('the host of an IPv6 address has no brackets', () => {
    expect(parse({ dockerHost: 'tcp://[::1]:2375' })).toMatchObject({ host: '::1', port: 2375 });
  });

  it.each([
    ['ssh://me@docker.example', 'ssh -nNT -L /run/engine.sock:/var/run/docker.sock me@docker.example'],
    ['npipe:////./pipe/docker_engine', 'named pipes of Windows'],
    ['fd://3', 'the scheme fd:// is not known'],
    ['unix://run/docker.sock', 'give unix:///run/docker.sock'],
    ['/var/run/docker.sock', 'give unix:///var/run/docker.sock'],
    ['unix:/var/run/docker.sock', 'give unix:///var/run/docker.sock'],
    ['./docker.sock', 'without a scheme it can only be a host and a port'],
    ['http+unix:///var/run/docker.sock', 'the scheme http+unix:// is not known'],
    ['tcp://', 'there is no host in it'],
    ['tcp://10.0.0.5:99999', 'there is no host in it'],
    ['tcp://10.0.0.5:2375?x=1', 'more than a host, a port and a path'],
  ])('%s is refused with what to do: %s', (dockerHost, advice) => {
    expect(() => parse({ dockerHost })).toThrow(advice);
    expect(() => parse({ dockerHost })).toThrow(expect.objectContaining({ code: 'setting_invalid' }));
  });

  it.each<Omit<Settings, 'dockerHost'>>([
    { dockerTlsVerify: true },
    { tlsCa: '/ca' },
    { tlsServerName: 'a.example' },
  ])('http:// beside a wish for TLS is refused: %o', (settings) => {
    expect(() => parse({ dockerHost: 'http://10.0.0.5', ...settings })).toThrow('asks for TLS');
  });

  it('what names the address is named', () => {
    const settings = { dockerHost: 'ssh://a', addressSetting: 'docker_host of server scout1' };
    expect(() => parseEndpoint(settings)).toThrow('docker_host of server scout1 ssh://a cannot be used');
  });

  it.each([
    'tcp://me:hunter2@10.0.0.5',
    'me:hunter2@10.0.0.5',
    'ssh://me:hunter2@10.0.0.5',
    'x://me:hunter2@h',
  ])('a password is in no message: %s', (dockerHost) => {
    expect(() => parse({ dockerHost })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('the files for TLS', () => {
  const filesOf = (settings: Omit<Settings, 'dockerHost'>) => {
    const endpoint = parse({ dockerHost: 'tcp://10.0.0.5', ...settings });
    return endpoint.kind === 'tcp' ? endpoint.tls : undefined;
  };

  it.each<[Omit<Settings, 'dockerHost'>, unknown]>([
    [{}, {}],
    [{ dockerCertPath: '/certs' }, { ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' }],
    [
      { tlsCa: '/a', tlsCert: '/b', tlsKey: '/c' },
      { ca: '/a', cert: '/b', key: '/c' },
    ],
    [
      { dockerCertPath: '/certs', tlsCa: '/a' },
      { ca: '/a', cert: '/certs/cert.pem', key: '/certs/key.pem' },
    ],
  ])('of %o are %o', (settings, files) => {
    expect(filesOf(settings)).toEqual(files);
  });

  it.each<Omit<Settings, 'dockerHost'>>([{ tlsCert: '/cert' }, { tlsKey: '/key' }])(
    'are refused where a certificate lacks its key, or a key its certificate: %o',
    (settings) => {
      expect(() => filesOf(settings)).toThrow('give both files or none');
    },
  );
});
