import { type ListenAddress, listen } from '../runtime/listen.ts';
import { type ApiServer, buildServer } from './api-server.ts';
import { acceptBodies } from './bodies.ts';
import type { ApiDeps } from './deps.ts';
import { checkHost, checkRemote, isLoopback } from './host-guard.ts';
import { trackRoutes } from './route-table.ts';
import { collectRoutes } from './routes/collect.ts';
import { healthRoute } from './routes/health.ts';
import { historyRoute } from './routes/history.ts';
import { metricsRoute } from './routes/metrics.ts';
import { readyRoute } from './routes/ready.ts';
import { rootRoute } from './routes/root.ts';
import { statusRoute } from './routes/status.ts';

export interface Api extends AsyncDisposable {
  /** The Fastify instance, for `inject` and for hosts that have a server of their own. */
  readonly app: ApiServer;
  /** Resolves with the URL. */
  listen(address: ListenAddress): Promise<string>;
  /** Takes no more requests, lets those under way end, and cuts them off after two seconds. Twice is safe. */
  close(): Promise<void>;
}

const closeGraceMs = 2000;

const addressSettings = {
  host: '--host / OTEL_EXPORTER_PROMETHEUS_HOST',
  port: '--port / OTEL_EXPORTER_PROMETHEUS_PORT',
};

/** What tells of figures and health alone may be read from other machines, where the address allows that. */
const openPaths: readonly (string | undefined)[] = ['/metrics', '/healthz', '/readyz'];

/** The HTTP side of the exporter: `/metrics`, health, status, history and collection on demand. Does not listen yet. */
export function createApi(deps: ApiDeps): Api {
  const app = buildServer(deps.logger);
  const routes = trackRoutes(app);
  const allowedHosts = lowerCase(deps.allowedHosts ?? []);
  let isPublic = false;
  app.addHook('onRequest', async ({ hostname, ip, routeOptions }) => {
    if (isPublic && openPaths.includes(routeOptions.url)) return;
    checkRemote(ip);
    checkHost(hostname, allowedHosts);
  });
  acceptBodies(app);
  rootRoute(app, deps, routes);
  metricsRoute(app, deps);
  healthRoute(app, deps);
  readyRoute(app, deps);
  statusRoute(app, deps);
  historyRoute(app, deps);
  collectRoutes(app, deps);

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeWithin(app, closeGraceMs);
    return closed;
  };
  return {
    app,
    listen: (address) => {
      isPublic = !isLoopback(address.host);
      return listen(app, address, addressSettings);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase());
}

async function closeWithin(app: ApiServer, graceMs: number): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cutOff);
  }
}
