import { entityOf } from '../metric/define.ts';
import type { Counts, FleetSample } from './fleet-sample.ts';

const { updowncounter } = entityOf<FleetSample>();

interface Sort {
  readonly name: string;
  readonly attribute: string;
  readonly unit: `{${string}}`;
  readonly brief: string;
  readonly read: (fleet: FleetSample) => Counts | undefined;
}

/** How many there are of one sort: 0 where there are none, and nothing where nobody can tell. */
const counting =
  ({ name, attribute, unit, brief, read }: Sort) =>
  (sort: string) =>
    updowncounter({
      name,
      with: { [attribute]: sort },
      unit,
      value: 'int',
      brief,
      read: (fleet) => {
        const counts = read(fleet);
        return counts === undefined ? undefined : (counts[sort] ?? 0);
      },
    });

export const servers = counting({
  name: 'ciris.fleet.servers',
  attribute: 'ciris.server.state',
  unit: '{server}',
  brief: 'Hosts whose engine answered (up) or did not (down).',
  read: (fleet) => fleet.servers,
});

export const containers = counting({
  name: 'ciris.fleet.containers',
  attribute: 'ciris.container.state',
  unit: '{container}',
  brief: 'Containers on all hosts that answered, by state.',
  read: (fleet) => fleet.containers,
});

export const agents = counting({
  name: 'ciris.fleet.agents',
  attribute: 'ciris.agent.health',
  unit: '{agent}',
  brief:
    'Agents that are expected, observed or answering, by what their health says; down are those that do not answer, unknown those that nobody could ask or that gave no known word.',
  read: (fleet) => fleet.agentsByHealth,
});

export const inCognitiveState = counting({
  name: 'ciris.fleet.agents.cognitive_state',
  attribute: 'ciris.agent.cognitive_state',
  unit: '{agent}',
  brief: 'Agents that told their cognitive state, by that state.',
  read: (fleet) => fleet.agentsByCognitiveState,
});

export const onVersion = counting({
  name: 'ciris.fleet.agents.version',
  attribute: 'ciris.version.adoption',
  unit: '{agent}',
  brief:
    'Agents on the latest version, the one before, an older one, a newer one than the last completed rollout brought, or one that cannot be told.',
  read: (fleet) => fleet.agentsByVersion,
});

export const deployments = counting({
  name: 'ciris.fleet.deployments',
  attribute: 'ciris.deployment.state',
  unit: '{deployment}',
  brief: 'Deployments that are under way (active) or wait to be started (staged).',
  read: (fleet) => fleet.deployments,
});

export const endpoints = counting({
  name: 'ciris.fleet.endpoints',
  attribute: 'ciris.endpoint.state',
  unit: '{endpoint}',
  brief: 'Public addresses that answered as they should (up) or did not (down).',
  read: (fleet) => fleet.endpoints,
});

export const headcount = (word: string, brief: string, read: (fleet: FleetSample) => number | undefined) =>
  updowncounter({ name: `ciris.fleet.agents.${word}`, unit: '{agent}', value: 'int', brief, read });
