import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Collected, Collector } from '../../../src/collectors/collector.ts';
import { createEndpointsCollector, type EndpointsDeps } from '../../../src/collectors/endpoints/index.ts';
import type { endpointsOptions } from '../../../src/collectors/endpoints/options.ts';
import type { Row } from '../../../src/metric/row.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { freePort } from '../../e2e/support/port.ts';

export const certificates = join(import.meta.dirname, 'tls');
export const caFile = join(certificates, 'ca.pem');
const pem = (name: string): string => readFileSync(join(certificates, `${name}.pem`), 'utf8');

export const ok: RequestListener = (_, response) => {
  response.end('well');
};

/** Servers of one test, which listen until they are all closed. */
export function createServers() {
  const open: (() => Promise<void>)[] = [];

  const listen = async (server: Server, host: string): Promise<number> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    open.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };

  const tcpServer = (accept: (socket: Socket) => void): Promise<number> =>
    listen(createTcpServer(accept), '127.0.0.1');

  return {
    tcpServer,
    httpServer: (respond: RequestListener, host = '127.0.0.1'): Promise<number> =>
      listen(createHttpServer(respond), host),
    httpsServer: (certificate: string, respond = ok, options: ServerOptions = {}): Promise<number> => {
      const server = createHttpsServer({ key: pem('key'), cert: pem(certificate), ...options }, respond);
      server.on('tlsClientError', () => {});
      return listen(server, '127.0.0.1');
    },
    /** A port on which nothing listens, of those that no other test gets by chance. */
    freePort,
    closeServers: async (): Promise<void> => {
      for (const close of open.splice(0)) await close();
    },
  };
}

type Options = z.input<typeof endpointsOptions>['endpoints'];

export function watch(endpoints: Options, deps: Partial<EndpointsDeps> = {}): Collector {
  return createEndpointsCollector({ endpoints }, { clock: systemClock, logger: silentLogger, ...deps });
}

export function collectNow(
  collector: Collector,
  { time = Date.now() * 1000, budgetMs = 60_000, signal = new AbortController().signal } = {},
): Promise<Collected> {
  return collector.collect({ time, budgetMs, signal });
}

type Endpoint = NonNullable<Options>[number];

/** The row of one probe. */
export async function probeOnce(endpoint: Endpoint, deps: Partial<EndpointsDeps> = {}): Promise<Row> {
  const { rows, problems } = await collectNow(watch([endpoint], deps));
  const [row] = rows;
  if (row === undefined) throw new Error(`there was no row: ${problems.map(({ message }) => message)}`);
  return row;
}
