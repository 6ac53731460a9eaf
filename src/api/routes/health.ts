import type { ApiServer } from '../api-server.ts';
import type { ApiDeps } from '../deps.ts';
import { healthSchema } from '../schemas.ts';

export function healthRoute(app: ApiServer, { version }: Pick<ApiDeps, 'version'>): void {
  app.get(
    '/healthz',
    { schema: { summary: 'Whether the process answers.', response: { 200: healthSchema } } },
    async () => ({ status: 'ok' as const, version }),
  );
}
