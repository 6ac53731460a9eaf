import type { ApiServer } from '../api-server.ts';
import type { ApiDeps } from '../deps.ts';
import type { KnownRoute } from '../route-table.ts';
import { indexSchema } from '../schemas.ts';

export function rootRoute(
  app: ApiServer,
  { version }: Pick<ApiDeps, 'version'>,
  routes: readonly KnownRoute[],
): void {
  app.get('/', { schema: { summary: 'What there is.', response: { 200: indexSchema } } }, async () => ({
    name: 'ciris-telemetry' as const,
    version,
    routes: routes.filter(({ method }) => method !== 'HEAD'),
  }));
}
