import type { ApiServer } from '../api-server.ts';
import type { ApiDeps } from '../deps.ts';

export function metricsRoute(app: ApiServer, { renderMetrics }: Pick<ApiDeps, 'renderMetrics'>): void {
  const summary = 'The latest snapshot for Prometheus: text 0.0.4, or OpenMetrics when asked for.';
  app.get('/metrics', { schema: { summary } }, async ({ headers }, reply) => {
    const answer = await renderMetrics({
      accept: headers.accept,
      acceptEncoding: headers['accept-encoding'],
    });
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}
