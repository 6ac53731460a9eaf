import { type ClientRequest, Agent as HttpAgent, type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { addressPatienceWithin } from '../../runtime/address-patience.ts';
import { TelemetryError } from '../../runtime/errors.ts';
import { systemNames } from '../../runtime/name-lookup.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint, TcpEndpoint } from './endpoint.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Get {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | boolean>>;
  /** The longest body that is read. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface TransportOptions {
  readonly endpoint: Endpoint;
  /** Requests that may be under way at once. */
  readonly concurrency: number;
  readonly requestTimeoutMs: number;
}

/** dockerode takes an agent; its types do not say so. */
type Options = Docker.DockerOptions & { readonly agent?: HttpAgent };

/** dockerode reads the body of a status it does not expect without a bound, so it is told to expect them all. */
const everyStatus: Readonly<Record<number, true>> = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [index + 100, true] as const),
);

/** Sends read requests to the engine over a bounded number of connections, which it keeps open and owns. */
export class Transport {
  readonly #modem: Docker['modem'];
  readonly #agent: HttpAgent;

  constructor({ endpoint, concurrency, requestTimeoutMs }: TransportOptions, credentials: Credentials) {
    const limits = {
      keepAlive: true,
      maxSockets: concurrency,
      maxFreeSockets: concurrency,
      autoSelectFamilyAttemptTimeout: addressPatienceWithin(requestTimeoutMs),
      lookup: systemNames.lookup,
    };
    this.#agent =
      endpoint.kind === 'tcp' && endpoint.protocol === 'https'
        ? new HttpsAgent({ ...limits, ...tlsOptions(endpoint, credentials) })
        : new HttpAgent(limits);
    // dockerode formats all of a request's options for its debug output, which nobody sees: with an agent and
    // its sockets that takes 8 ms a request.
    Object.defineProperty(this.#agent, inspect.custom, { value: () => 'Agent' });
    hideRedirects(this.#agent);
    // A request that names no coding may be answered in any: proxies compress where they are not told otherwise.
    const headers = { 'accept-encoding': 'identity' };
    const options: Options = { ...addressOf(endpoint), ...nothingElse, headers, agent: this.#agent };
    this.#modem = new Docker(options).modem;
  }

  /** Resolves with whatever the engine answers, of any status; rejects when it does not. */
  get(request: Get): Promise<Answer> {
    // dockerode never calls back for some answers, such as a change of protocols.
    return untilAborted(this.#dial(request), request.signal);
  }

  #dial({ path, query = {}, maxBytes, signal }: Get): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const dial = {
        // dockerode takes the question mark for the place where the query goes.
        path: `${path}?`,
        method: 'GET',
        options: { ...query },
        isStream: true,
        abortSignal: signal,
        statusCodes: everyStatus,
      };
      this.#modem.dial(dial, (error, answer) => {
        if (answer instanceof IncomingMessage) resolve(readAnswer(answer, maxBytes));
        else reject(error);
      });
    });
  }

  /** Ends every connection, and with it whatever is under way. */
  close(): void {
    this.#agent.destroy();
  }
}

function tlsOptions({ verify, serverName }: TcpEndpoint, credentials: Credentials): AgentOptions {
  const options: AgentOptions = {
    ...credentials,
    rejectUnauthorized: verify,
    // A resumed session would not be verified again.
    maxCachedSessions: 0,
  };
  if (serverName === undefined) return options;
  return {
    ...options,
    // Servers are asked for by name only, not by address.
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
  };
}

/**
 * Where an answer names another place, dockerode asks there as well: of whatever host it is, by a request that nobody
 * waits for and whose failure ends the process. It sees no such name where it is taken out before.
 */
function hideRedirects(agent: HttpAgent): void {
  const addRequest: unknown = Reflect.get(agent, 'addRequest');
  if (typeof addRequest !== 'function') return;
  const value = (request: ClientRequest, ...rest: readonly unknown[]): void => {
    request.prependListener('response', ({ headers }: IncomingMessage) => {
      delete headers.location;
    });
    Reflect.apply(addRequest, agent, [request, ...rest]);
  };
  Object.defineProperty(agent, 'addRequest', { value });
}

function addressOf(endpoint: Endpoint): Options {
  if (endpoint.kind === 'unix') return { socketPath: endpoint.socketPath, host: undefined, protocol: 'http' };
  const { protocol, host, port } = endpoint;
  return { socketPath: undefined, host: host.includes(':') ? `http://[${host}]` : host, port, protocol };
}

/** Where an option is not given, dockerode takes it from the process's environment. */
const nothingElse: Options = {
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
  version: undefined,
};

function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) {
        answer.destroy(new TelemetryError('protocol', `its answer is longer than ${maxBytes} bytes`));
      }
    });
    answer.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
    });
    answer.on('error', reject);
  });
}
