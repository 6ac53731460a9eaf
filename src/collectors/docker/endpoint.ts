import { join } from 'node:path';
import { TelemetryError } from '../../runtime/errors.ts';

interface AnyEndpoint {
  /** What its address is set by. */
  readonly setting: string;
  /** For logs and messages; holds no secrets. */
  readonly description: string;
}

export interface UnixEndpoint extends AnyEndpoint {
  readonly kind: 'unix';
  readonly socketPath: string;
}

/** Paths of PEM files. */
export interface TlsFiles {
  /** The authority that signed the engine's certificate; those that Node knows where it is undefined. */
  readonly ca: string | undefined;
  /** Our own certificate, and its key: both or none. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface TcpEndpoint extends AnyEndpoint {
  readonly kind: 'tcp';
  readonly protocol: 'http' | 'https';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** What stands before every path, such as `/engine`; empty where there is nothing. */
  readonly basePath: string;
  /** False accepts any certificate of the engine. */
  readonly verify: boolean;
  /** What the engine's certificate must be for, where that is not its address. */
  readonly serverName: string | undefined;
  readonly tls: TlsFiles;
}

/** Where the engine listens. */
export type Endpoint = UnixEndpoint | TcpEndpoint;

export interface EndpointSettings {
  readonly dockerHost: string;
  /** What `dockerHost` is set by, for messages that say what to do. */
  readonly addressSetting: string;
  readonly dockerTlsVerify?: boolean | undefined;
  readonly dockerCertPath?: string | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
}

const defaultSocket = '/var/run/docker.sock';
const plainPort = 2375;
const tlsPort = 2376;
const supported = 'give unix:///path/to/socket, tcp://host:port, http://host:port or https://host:port';

/** Reads the address of an engine and the TLS settings beside it; throws `setting_invalid` for what cannot be spoken to. */
export function parseEndpoint(settings: EndpointSettings): Endpoint {
  const [, scheme, address = ''] = /^(?:([^/:]+):\/\/)?(.*)$/s.exec(settings.dockerHost.trim()) ?? [];
  if (scheme === undefined && address.includes('/')) {
    const path = address.replace(/^unix:/, '');
    const advice = path.startsWith('/') ? `give unix://${path}` : supported;
    throw refused(settings, `without a scheme it can only be a host and a port: ${advice}`);
  }
  switch (scheme?.toLowerCase()) {
    case undefined:
    case 'tcp':
      return tcpEndpoint('tcp', address, settings);
    case 'http':
      return tcpEndpoint('http', address, settings);
    case 'https':
      return tcpEndpoint('https', address, settings);
    case 'unix':
      return unixEndpoint(address, settings);
    case 'ssh':
      throw refused(
        settings,
        `ssh is not spoken here: forward the socket with "ssh -nNT -L /run/engine.sock:${defaultSocket} ${address}" and give unix:///run/engine.sock`,
      );
    case 'npipe':
      throw refused(settings, `named pipes of Windows are not spoken here: ${supported}`);
    default:
      throw refused(settings, `the scheme ${scheme}:// is not known: ${supported}`);
  }
}

function unixEndpoint(path: string, settings: EndpointSettings): UnixEndpoint {
  const socketPath = path === '' ? defaultSocket : path;
  if (!socketPath.startsWith('/')) {
    throw refused(settings, `the path of the socket is not absolute: give unix:///${socketPath}`);
  }
  const setting = settings.addressSetting;
  return { kind: 'unix', setting, socketPath, description: `unix://${socketPath}` };
}

function tcpEndpoint(
  scheme: 'tcp' | 'http' | 'https',
  address: string,
  settings: EndpointSettings,
): TcpEndpoint {
  const { addressSetting, dockerTlsVerify: verify = true, tlsServerName } = settings;
  // A port alone is one of this machine. A scheme that URL does not know keeps its port whatever it is; with http, URL would swallow port 80.
  const url = URL.parse(`tcp://${address.startsWith(':') ? 'localhost' : ''}${address}`);
  if (url === null || url.hostname === '') throw refused(settings, `there is no host in it: ${supported}`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refused(settings, `it holds more than a host, a port and a path: ${supported}`);
  }
  const protocol = speaksTls(scheme, settings) ? 'https' : 'http';
  const port = url.port === '' ? (protocol === 'https' ? tlsPort : plainPort) : Number(url.port);
  const basePath = url.pathname.replace(/\/+$/, '');
  const endpoint = `${protocol}://${url.hostname}:${port}${basePath}`;
  const note = verify ? tlsServerName && ` (verified as ${tlsServerName})` : ' (certificate not verified)';
  return {
    kind: 'tcp',
    setting: addressSetting,
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    basePath,
    verify,
    serverName: tlsServerName,
    tls: tlsFiles(settings),
    description: protocol === 'https' ? `${endpoint}${note ?? ''}` : endpoint,
  };
}

/** The port says nothing: an engine may speak plainly on 2376. */
function speaksTls(scheme: 'tcp' | 'http' | 'https', settings: EndpointSettings): boolean {
  const { dockerTlsVerify, dockerCertPath, tlsCa, tlsCert, tlsKey, tlsServerName } = settings;
  const ownSettings = [tlsCa, tlsCert, tlsKey, tlsServerName].some((each) => each !== undefined);
  if (scheme === 'tcp') return dockerTlsVerify === true || dockerCertPath !== undefined || ownSettings;
  if (scheme === 'http' && (dockerTlsVerify === true || ownSettings)) {
    const asking = ownSettings ? 'a certificate or TLS name' : 'DOCKER_TLS_VERIFY';
    throw refused(settings, `${asking} asks for TLS, http:// for none: give https:// or unset it`);
  }
  return scheme === 'https';
}

/** Files that are given one by one go before those in a folder. */
function tlsFiles(settings: EndpointSettings): TlsFiles {
  const { dockerCertPath, tlsCa, tlsCert, tlsKey } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw refused(settings, 'of our own certificate and its key only one is given: give both files or none');
  }
  const inFolder = (name: string): string | undefined =>
    dockerCertPath === undefined ? undefined : join(dockerCertPath, name);
  return {
    ca: tlsCa ?? inFolder('ca.pem'),
    cert: tlsCert ?? inFolder('cert.pem'),
    key: tlsKey ?? inFolder('key.pem'),
  };
}

function refused({ addressSetting, dockerHost }: EndpointSettings, why: string): TelemetryError {
  const message = `${addressSetting} ${dockerHost} cannot be used: ${why}`;
  return new TelemetryError('setting_invalid', message.replaceAll(/:[^/@\s]*@/g, ':***@'));
}
