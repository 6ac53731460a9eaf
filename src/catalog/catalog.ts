import type { AnyEntity } from '../metric/define.ts';
import { exporter, scrape } from './exporter.ts';
import { finding } from './finding.ts';
import { fleet } from './fleet.ts';
import { maintenance } from './maintenance.ts';
import { presence } from './presence.ts';
import { collectorEntities } from './registry.generated.ts';
import { collector } from './self.ts';
import { writer } from './writer.ts';

/** Every definition there is. What derives from definitions takes a catalog, so a host or a test can bring its own. */
export interface Catalog {
  readonly entities: readonly AnyEntity[];
}

export const catalog: Catalog = {
  entities: [
    ...collectorEntities,
    presence,
    fleet,
    finding,
    collector,
    exporter,
    scrape,
    writer,
    maintenance,
  ],
};

/** The entities that are pushed and stored: all but those of the moment. */
export function storedEntities({ entities }: Catalog): readonly AnyEntity[] {
  return entities.filter((entity) => entity.stored);
}

export function findEntity({ entities }: Catalog, name: string): AnyEntity | undefined {
  return entities.find((entity) => entity.name === name);
}
