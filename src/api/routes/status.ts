import { z } from 'zod';
import { findEntity, storedEntities } from '../../catalog/catalog.ts';
import type { Row } from '../../metric/row.ts';
import type { ApiServer } from '../api-server.ts';
import type { ApiDeps } from '../deps.ts';
import { filterParameters, filtersOf, identityNames, infoNames } from '../filters.ts';
import { ProblemError, problemSchema } from '../problem.ts';
import { statusSchema } from '../schemas.ts';
import { statusView } from '../views.ts';

export function statusRoute(app: ApiServer, deps: ApiDeps): void {
  const { catalog, snapshots } = deps;
  const entities = storedEntities(catalog);
  const attributes = entities.flatMap((entity) => [...identityNames(entity), ...infoNames(entity)]);
  const entityNames = entities.map(({ name }) => name);
  const querystring = z.strictObject({
    entity: z.enum(entityNames, { error: 'is no entity' }).optional().describe(entityNames.join(', ')),
    ...filterParameters(attributes),
  });
  const summary = 'The latest snapshot, all of it or what its parameters name.';
  app.get(
    '/telemetry/status',
    { schema: { summary, querystring, response: { 200: statusSchema, 503: problemSchema } } },
    async ({ query }) => {
      const entity = query.entity === undefined ? undefined : findEntity(catalog, query.entity);
      const known = entity === undefined ? attributes : [...identityNames(entity), ...infoNames(entity)];
      const filters = Object.entries(filtersOf(query, ['entity'], known));
      const latest = snapshots.latest();
      if (latest === undefined) {
        throw new ProblemError('no_snapshot', 'no snapshot has been taken yet: try again in a moment', {
          headers: { 'retry-after': '2' },
        });
      }
      const wanted = (row: Row): boolean =>
        (entity === undefined || row.entity === entity.name) &&
        filters.every(([name, value]) => (row.identity[name] ?? row.info[name]) === value);
      return statusView(latest, deps, wanted);
    },
  );
}
