import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TelemetryError } from '../../runtime/errors.ts';

export interface Get {
  readonly url: URL;
  readonly socket: Socket;
  readonly userAgent: string;
}

/** Begins to ask for a page over a connection that is there already. */
export function beginGet({ url, socket, userAgent }: Get): ClientRequest {
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
  const request = openRequest({
    createConnection: () => socket,
    path: url.pathname + url.search,
    headers: { host: url.host, 'user-agent': userAgent, accept: '*/*', connection: 'close' },
    ...(credentials === ':' ? {} : { auth: credentials }),
  });
  request.on('error', () => {});
  request.end();
  return request;
}

export function untilResponse(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.once('upgrade', () => reject(new TelemetryError('protocol', 'it changes to another protocol')));
    request.once('close', () => reject(new TelemetryError('connection_lost', 'it hung up')));
  });
}

/** More than this proves nothing more. */
const longestBodyBytes = 64 * 1024;

/** Reads to the end, or as far as it takes to see that the body comes. */
export async function readBody(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += Buffer.byteLength(chunk);
    if (bytes > longestBodyBytes) return;
  }
}
