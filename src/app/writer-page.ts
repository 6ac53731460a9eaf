import { createPrometheusSide, type PrometheusSide } from '../export/prometheus/prometheus-side.ts';
import { createResource } from '../export/resource.ts';
import { packageVersion } from '../runtime/package-version.ts';
import type { Database } from './database.ts';
import { observeMaintenance } from './maintenance-figures.ts';
import { observeWriter, type WriterFiguresOptions } from './writer-figures.ts';

export interface WriterPageOptions extends Omit<WriterFiguresOptions, 'version' | 'connections'> {
  readonly database: Database;
}

/** What a writer shows at `/metrics`: its own figures, and how its database is kept in shape. */
export function createWriterPage({ database, ...options }: WriterPageOptions): PrometheusSide {
  const version = packageVersion();
  const { instance, logger } = options;
  const { connections, maintenance: figures } = database;
  return createPrometheusSide({
    producers: [
      observeWriter({ ...options, version, connections }),
      observeMaintenance({ ...options, version, figures }),
    ],
    resource: createResource({ environment: {}, version, instanceId: instance, logger }),
    logger,
  });
}
