import type { FastifyInstance } from 'fastify';
import type { ScrapeAnswer, ScrapeRequest } from '../../export/prometheus/prometheus-side.ts';

/** Answers a scrape. */
export type RenderMetrics = (request: ScrapeRequest) => Promise<ScrapeAnswer>;

/** `GET /metrics`: the writer's own figures for Prometheus. */
export function addMetricsRoute(app: FastifyInstance, render: RenderMetrics): void {
  app.get('/metrics', async ({ headers }, reply) => {
    const answer = await render({ accept: headers.accept, acceptEncoding: headers['accept-encoding'] });
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}
