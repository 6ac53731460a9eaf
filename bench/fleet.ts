import { type AnyEntity, type Entity, entityOf, type NumberMetric } from '../src/metric/define.ts';
import { type Row, toRow } from '../src/metric/row.ts';
import { type Micros, microsFromMs } from '../src/metric/time.ts';

interface Thing {
  readonly server: string;
  readonly agent: string;
  readonly occurrence: string;
  readonly container: string;
  readonly figures: readonly number[];
}

/** A fleet of things with four identity attributes each, whose every figure changes from round to round. */
export interface Fleet {
  readonly entity: AnyEntity;
  /** New rows, as a collector would bring them. */
  rows(round: number): readonly Row[];
}

export interface FleetOptions {
  readonly name: string;
  readonly things: number;
  readonly metrics: number;
}

const firstTime = microsFromMs(Date.UTC(2026, 0, 1));
const startTime = firstTime - 3_600e6;

export function createFleet({ name, things, metrics }: FleetOptions): Fleet {
  const entity = fleetEntity(name, metrics);
  const identities = Array.from({ length: things }, (_, index) => ({
    server: `server-${index % 4}`,
    agent: `agent-${index % 50}`,
    occurrence: String(index),
    container: index.toString(16).padStart(8, '0').repeat(8),
  }));
  return {
    entity,
    rows: (round) =>
      identities.map((identity, index) => {
        const figures = Array.from({ length: metrics }, (_, metric) => figureOf(round, index, metric));
        return toRow(entity, { ...identity, figures }, timeOf(round));
      }),
  };
}

/** Ten seconds from round to round. */
function timeOf(round: number): Micros {
  return firstTime + round * 10e6;
}

/** Whole numbers for even metrics, fractions for odd ones, of the length that figures of containers have. */
function figureOf(round: number, thing: number, metric: number): number {
  const whole = 1_000_003 * (metric + 1) + 7919 * thing + 104_729 * round;
  return metric % 2 === 0 ? whole : whole / 1e5;
}

function fleetEntity(name: string, metrics: number): Entity<Thing> {
  const { counter, gauge } = entityOf<Thing>();
  const definitions: Record<string, NumberMetric<Thing>> = {};
  for (let index = 0; index < metrics; index += 1) {
    const define = index % 4 < 2 ? counter : gauge;
    definitions[`figure${index}`] = define({
      name: `${name}.figure${index}`,
      unit: '',
      value: index % 2 === 0 ? 'int' : 'double',
      brief: `Figure ${index} of a thing.`,
      read: ({ figures }) => figures[index],
    });
  }
  return {
    name,
    brief: 'A thing of a fleet.',
    identity: {
      'ciris.server.id': { brief: 'Server.', read: ({ server }) => server },
      'ciris.agent.id': { brief: 'Agent.', read: ({ agent }) => agent },
      'ciris.agent.occurrence.id': { brief: 'Occurrence.', read: ({ occurrence }) => occurrence },
      'container.id': { brief: 'Container.', read: ({ container }) => container },
    },
    info: {},
    infoMaps: {},
    start: () => startTime,
    stored: true,
    metrics: definitions,
  };
}
