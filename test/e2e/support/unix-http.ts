import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** The JSON that a server on a unix socket answers to a GET. */
export async function getOverSocket(socketPath: string, path: string): Promise<unknown> {
  const signal = AbortSignal.timeout(10_000);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, path, signal }, resolve).on('error', reject).end();
  });
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}: ${body}`);
  return JSON.parse(body);
}
