import { TelemetryError } from '../../runtime/errors.ts';

export interface UnixEndpoint {
  readonly kind: 'unix';
  readonly socketPath: string;
  /** For logs and messages; holds no secrets. */
  readonly description: string;
}

export interface TcpEndpoint {
  readonly kind: 'tcp';
  readonly protocol: 'http' | 'https';
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** What stands before every path, such as `/engine`; empty where there is nothing. */
  readonly basePath: string;
  /** False accepts any certificate of the engine. */
  readonly verify: boolean;
  /** Folder with ca.pem, cert.pem and key.pem. */
  readonly certPath: string | undefined;
  readonly description: string;
}

/** Where the engine listens. */
export type Endpoint = UnixEndpoint | TcpEndpoint;

export interface EndpointSettings {
  readonly dockerHost: string;
  readonly dockerTlsVerify?: boolean | undefined;
  readonly dockerCertPath?: string | undefined;
}

const defaultSocket = '/var/run/docker.sock';
const plainPort = 2375;
const tlsPort = 2376;
const supported = 'give unix:///path/to/socket, tcp://host:port, http://host:port or https://host:port';

/** Reads DOCKER_HOST and the TLS settings beside it; throws `setting_invalid` for what cannot be spoken to. */
export function parseEndpoint(settings: EndpointSettings): Endpoint {
  const { dockerHost } = settings;
  const [, scheme, address = ''] = /^(?:([^/:]+):\/\/)?(.*)$/s.exec(dockerHost.trim()) ?? [];
  if (scheme === undefined && address.includes('/')) {
    const path = address.replace(/^unix:/, '');
    const advice = path.startsWith('/') ? `give unix://${path}` : supported;
    throw refused(dockerHost, `without a scheme it can only be a host and a port: ${advice}`);
  }
  switch (scheme?.toLowerCase()) {
    case undefined:
      return tcpEndpoint('tcp', address, settings);
    case 'unix':
      return unixEndpoint(dockerHost, address);
    case 'tcp':
      return tcpEndpoint('tcp', address, settings);
    case 'http':
      return tcpEndpoint('http', address, settings);
    case 'https':
      return tcpEndpoint('https', address, settings);
    case 'ssh':
      throw refused(
        dockerHost,
        `ssh is not spoken here: forward the socket with "ssh -nNT -L /run/engine.sock:${defaultSocket} ${address}" and give unix:///run/engine.sock`,
      );
    case 'npipe':
      throw refused(dockerHost, `named pipes of Windows are not spoken here: ${supported}`);
    default:
      throw refused(dockerHost, `the scheme ${scheme}:// is not known: ${supported}`);
  }
}

function unixEndpoint(dockerHost: string, path: string): UnixEndpoint {
  const socketPath = path === '' ? defaultSocket : path;
  if (!socketPath.startsWith('/')) {
    throw refused(dockerHost, `the path of the socket is not absolute: give unix:///${socketPath}`);
  }
  return { kind: 'unix', socketPath, description: `unix://${socketPath}` };
}

function tcpEndpoint(
  scheme: 'tcp' | 'http' | 'https',
  address: string,
  { dockerHost, dockerTlsVerify, dockerCertPath }: EndpointSettings,
): TcpEndpoint {
  // A scheme that URL does not know keeps its port whatever it is; with http, URL would swallow port 80.
  const url = URL.parse(`tcp://${address}`);
  if (url === null || url.hostname === '') throw refused(dockerHost, `there is no host in it: ${supported}`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refused(dockerHost, `it holds more than a host, a port and a path: ${supported}`);
  }
  // The port says nothing: an engine may speak plainly on 2376.
  const wantsTls = dockerTlsVerify === true || dockerCertPath !== undefined;
  if (scheme === 'http' && dockerTlsVerify === true) {
    throw refused(dockerHost, 'DOCKER_TLS_VERIFY asks for TLS, http:// for none: give https:// or unset it');
  }
  const protocol = scheme === 'https' || (scheme === 'tcp' && wantsTls) ? 'https' : 'http';
  const port = url.port === '' ? (protocol === 'https' ? tlsPort : plainPort) : Number(url.port);
  const verify = dockerTlsVerify ?? true;
  const basePath = url.pathname.replace(/\/+$/, '');
  const note = protocol === 'https' && !verify ? ' (certificate not verified)' : '';
  return {
    kind: 'tcp',
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    basePath,
    verify,
    certPath: dockerCertPath,
    description: `${protocol}://${url.hostname}:${port}${basePath}${note}`,
  };
}

function refused(dockerHost: string, why: string): TelemetryError {
  const message = `DOCKER_HOST ${dockerHost} cannot be used: ${why}`;
  return new TelemetryError('setting_invalid', message.replaceAll(/:[^/@\s]*@/g, ':***@'));
}
