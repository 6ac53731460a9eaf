import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../runtime/errors.ts';

/** Whether one thing that the writer needs is there, and why not. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string | undefined;
}

/** Asks for what the writer needs: the database and its schema. */
export type Ready = (signal: AbortSignal) => Promise<readonly ReadinessCheck[]>;

/** Longest time for a readiness check; probes rarely wait longer. */
const readyTimeoutMs = 5_000;

/** `/healthz` says that the process runs, `/readyz` whether it can store anything. */
export function addHealthRoutes(app: FastifyInstance, ready: Ready, isClosing: () => boolean): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const checks = isClosing() ? [closing] : await checksOf(ready);
    const isReady = checks.every((check) => check.ready);
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, checks });
  });
}

const closing: ReadinessCheck = { name: 'server', ready: false, reason: 'it is closing' };

async function checksOf(ready: Ready): Promise<readonly ReadinessCheck[]> {
  try {
    return await ready(AbortSignal.timeout(readyTimeoutMs));
  } catch (thrown) {
    return [{ name: 'database', ready: false, reason: messageOf(thrown) }];
  }
}
