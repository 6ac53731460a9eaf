import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** The JSON that a server on a unix socket answers to a GET. */
export async function getOverSocket(socketPath: string, path: string): Promise<unknown> {
  return await askOverSocket(socketPath, 'GET', path);
}

/** The JSON that a server on a unix socket answers, undefined when it has nothing to say; rejects unless it is a success. */
export async function askOverSocket(
  socketPath: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const signal = AbortSignal.timeout(180_000);
  const headers = { 'content-type': 'application/json' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath, method, path, headers, signal }, resolve)
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
  const answer = await text(response);
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode >= 300) throw new Error(`${path} answered ${statusCode}: ${answer}`);
  return answer === '' ? undefined : JSON.parse(answer);
}
