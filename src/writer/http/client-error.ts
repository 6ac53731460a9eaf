import type { Socket } from 'node:net';
import { messageOf, systemCodeOf } from '../../runtime/errors.ts';
import { type Refusal, refusalAnswer, unavailable } from './answer.ts';

const words: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/** Answers what is no HTTP request, or none in time: it never comes to the routes. */
export function answerClientError(error: Error, socket: Socket, retryAfterMs: number): void {
  if (systemCodeOf(error) === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = refusalAnswer('json', refusalOf(error, retryAfterMs));
  const lines = Object.entries({ ...headers, 'content-length': body.length, connection: 'close' });
  socket.write(`HTTP/1.1 ${status} ${words[status]}\r\n`);
  socket.write(`${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.end(body);
}

function refusalOf(error: Error, retryAfterMs: number): Refusal {
  const code = systemCodeOf(error);
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, message: 'the headers are too large' };
  // A 408 would be final for OTLP clients, and a slow network is not.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return unavailable('the request did not arrive in time', retryAfterMs);
  return { status: 400, message: `this is no HTTP request: ${messageOf(error)}` };
}
