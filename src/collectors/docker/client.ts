import { TelemetryError } from '../../runtime/errors.ts';
import { Connection, type ConnectionOptions, type Reply, type Request } from './connection.ts';
import { areSame, type Credentials, credentialReader, type ReadCredentials } from './credentials.ts';
import {
  apiVersionOf,
  describeEngine,
  type Engine,
  readInfoAnswer,
  readVersionAnswer,
  readVersionHeaders,
  type VersionAnswer,
} from './engine.ts';
import { parseJson } from './json.ts';

export interface ClientOptions extends ConnectionOptions {
  /** Spoken instead of what is agreed with the engine. */
  readonly apiVersion: string | undefined;
}

const mebibyte = 1024 * 1024;
/** Far above what is seen: 2 kB of figures, 30 kB of details, 3 kB for each container of a list. */
const maxBytes = { engine: mebibyte, list: 64 * mebibyte, details: 8 * mebibyte, figures: mebibyte };

/** Some engines take long to describe their host, or never finish: the least budget of a collection is 3 s. */
const hostPatienceMs = 1500;

interface Session {
  readonly connection: Connection;
  readonly credentials: Credentials;
  readonly version: VersionAnswer;
  readonly engine: Engine;
  /** False where the engine may yet say what its host is. */
  readonly settled: boolean;
  /** How the engine names itself in its answers: another name is another engine. */
  readonly server: string;
}

export interface ListReply {
  readonly engine: Engine;
  readonly reply: Reply;
}

/** The read requests to one engine, with the API version that both sides know. */
export class EngineClient {
  readonly #options: ClientOptions;
  readonly #readCredentials: ReadCredentials;
  #session: Session | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#readCredentials = credentialReader(options.endpoint);
  }

  /**
   * The containers, and the engine that runs them. An engine that was restarted or upgraded since its last
   * answer is met anew, once, and so is one whose certificates here are others now. After a failure nothing is
   * left of what was known.
   */
  async list(signal: AbortSignal): Promise<ListReply> {
    const wasConnected = this.#session !== undefined;
    try {
      return await this.#list(signal);
    } catch (thrown) {
      this.disconnect();
      if (!wasConnected || isTimeout(thrown)) throw thrown;
    }
    try {
      return await this.#list(signal);
    } catch (thrown) {
      this.disconnect();
      throw thrown;
    }
  }

  /** Details of a container; undefined when it is gone. */
  inspect(id: string, signal: AbortSignal): Promise<Reply | undefined> {
    return this.#askContainer(id, { what: 'details', path: 'json', maxBytes: maxBytes.details }, signal);
  }

  /** Figures of a container, of one reading: the engine waits for no second one. Undefined when it is gone. */
  stats(id: string, signal: AbortSignal): Promise<Reply | undefined> {
    const query = { stream: false, 'one-shot': true };
    return this.#askContainer(
      id,
      { what: 'figures', path: 'stats', query, maxBytes: maxBytes.figures },
      signal,
    );
  }

  /** Ends every connection and forgets the engine. */
  disconnect(): void {
    this.#session?.connection.close();
    this.#session = undefined;
  }

  async #list(signal: AbortSignal): Promise<ListReply> {
    const { connection, engine, server } = await this.#connect(signal);
    const request = {
      what: `its containers by API ${engine.apiVersion}`,
      path: `/v${engine.apiVersion}/containers/json`,
      query: { all: true },
      maxBytes: maxBytes.list,
    };
    const reply = await connection.get(request, signal);
    if (serverOf(reply) === server) return { engine, reply };
    this.disconnect();
    return { engine: (await this.#connect(signal)).engine, reply };
  }

  async #askContainer(id: string, request: Request, signal: AbortSignal): Promise<Reply | undefined> {
    if (this.#session === undefined)
      throw new TelemetryError('connection_lost', 'the engine was disconnected');
    const { connection, engine } = this.#session;
    const path = `/v${engine.apiVersion}/containers/${id}/${request.path}`;
    const what = `the ${request.what} of container ${id.slice(0, 12)}`;
    return connection.getUnlessGone({ ...request, what, path }, signal);
  }

  async #connect(signal: AbortSignal): Promise<Session> {
    const credentials = await this.#readCredentials(signal);
    if (this.#session !== undefined && !areSame(this.#session.credentials, credentials)) this.disconnect();
    this.#session ??= await openSession(this.#options, credentials, signal);
    if (!this.#session.settled) this.#session = await withHost(this.#session, signal);
    return this.#session;
  }
}

/** Asks the engine who it is and settles the API version. */
async function openSession(
  options: ClientOptions,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Session> {
  const connection = new Connection(options, credentials);
  try {
    const { version, reply } = await askVersion(connection, signal);
    if (version === undefined) {
      throw new TelemetryError(
        'protocol',
        `what listens on ${options.endpoint.description} is no Docker-compatible engine: its /version names no API version; set ${options.endpoint.setting} to where the engine listens`,
      );
    }
    const engine = describeEngine(version, undefined, options.apiVersion ?? apiVersionOf(version));
    return { connection, credentials, version, engine, settled: false, server: serverOf(reply) };
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

interface Identity {
  readonly version: VersionAnswer | undefined;
  readonly reply: Reply;
}

/** A proxy that forbids the question may let that for a sign of life pass, whose headers say as much. */
async function askVersion(connection: Connection, signal: AbortSignal): Promise<Identity> {
  const request = { what: 'its version', path: '/version', maxBytes: maxBytes.engine };
  const reply = await connection.ask(request, signal);
  if (reply.status >= 400 && reply.status < 500) {
    const ping = { what: 'a sign of life', path: '/_ping', maxBytes: maxBytes.engine };
    const sign = await connection.ask(ping, signal);
    const version = readVersionHeaders(sign.headers);
    if (version !== undefined) return { version, reply: sign };
  }
  return { version: readVersionAnswer(parseJson(connection.checked(reply, request).body)), reply };
}

/** Most figures need no word of the host, which a proxy may forbid: what becomes of the question is no failure. */
async function withHost(session: Session, signal: AbortSignal): Promise<Session> {
  const { connection, version, engine } = session;
  const path = `/v${engine.apiVersion}/info`;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(hostPatienceMs)]);
  const reply = await connection
    .ask({ what: 'its host', path, maxBytes: maxBytes.engine }, patience)
    .catch(() => undefined);
  if (reply === undefined || reply.status >= 500) return session;
  const info = readInfoAnswer(parseJson(reply.body));
  return { ...session, engine: describeEngine(version, info, engine.apiVersion), settled: true };
}

/** A proxy may put its own name in place of the engine's, but leaves the others. */
function serverOf({ headers }: Reply): string {
  return [headers.server, headers['api-version'], headers['libpod-api-version']].map(String).join(' ');
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof TelemetryError && thrown.code === 'timeout';
}
