import type { Socket } from 'node:net';
import { messageOf, systemCodeOf } from '../../runtime/errors.ts';
import { type Refusal, refusalAnswer, unavailable } from './answer.ts';

const words: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/**
 * Answers what is no HTTP request, or none in time: it never comes to the routes, or breaks off on its way there. Tells what it said;
 * undefined when nobody listens any more.
 */
export function answerClientError(error: Error, socket: Socket, retryAfterMs: number): string | undefined {
  if (systemCodeOf(error) === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const { status, headers, body, reason } = refusalAnswer('json', refusalOf(error, retryAfterMs));
  const lines = Object.entries({ ...headers, 'content-length': body.length, connection: 'close' });
  socket.write(`HTTP/1.1 ${status} ${words[status]}\r\n`);
  socket.write(`${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.end(body);
  return reason;
}

const http2 =
  'this is HTTP/2, as senders over gRPC speak it, and not taken here: let the sender use OTLP over HTTP ' +
  '(OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, in the Collector the exporter otlphttp)';
const tls = 'this is TLS, and this port speaks plain HTTP: write http:// for https:// in the address';

/** Whether what came begins as TLS does. */
function isTls(error: Error): boolean {
  return 'rawPacket' in error && error.rawPacket instanceof Uint8Array && error.rawPacket[0] === 0x16;
}

function refusalOf(error: Error, retryAfterMs: number): Refusal {
  const code = systemCodeOf(error);
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, message: 'the headers are too large' };
  // A 408 would be final for OTLP clients, and a slow network is not.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return unavailable('the request did not arrive in time', retryAfterMs);
  if (code === 'HPE_PAUSED_H2_UPGRADE') return { status: 400, message: http2 };
  if (isTls(error)) return { status: 400, message: tls };
  if (code === 'HPE_INVALID_EOF_STATE') return { status: 400, message: 'the request ended early' };
  return { status: 400, message: `this is no HTTP request: ${messageOf(error)}` };
}
