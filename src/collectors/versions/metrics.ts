import { entityOf } from '../../metric/define.ts';
import type { Adoption, ComponentVersionSample, VersionAdoptionSample } from './sample.ts';

const ofVersion = entityOf<ComponentVersionSample>();

/** The version of a component in one slot; a slot that nobody tells of has no row. */
export const componentVersion = ofVersion.entity({
  name: 'component_version',
  brief: 'The version of a component of CIRIS in one slot.',
  identity: {
    'ciris.component': {
      brief: 'Which component: agent, gui, nginx or manager.',
      read: (v) => v.component,
    },
    'ciris.version.slot': {
      brief:
        'Which place: current, previous, fallback (before the previous) or staged (ordered, not in use yet).',
      read: (v) => v.slot,
    },
  },
  info: {
    'ciris.version.image': { brief: 'Image as it was asked for.', read: (v) => v.image },
    'ciris.version.tag': {
      brief: 'Tag of the image; where none is known, the version that the agents on it give.',
      read: (v) => v.tag,
    },
    'ciris.version.digest': { brief: 'Digest of the image in its registry.', read: (v) => v.digest },
    'ciris.version.source': {
      brief: 'What decided it: container, agent, registry (ordered, not seen running), deployment or host.',
      read: (v) => v.source,
    },
    'ciris.deployment.id': { brief: 'Deployment that ordered it.', read: (v) => v.deploymentId },
  },
  metrics: {
    deployedAt: ofVersion.gauge({
      name: 'ciris.component.deployed_at',
      unit: 's',
      value: 'double',
      brief:
        'When the deployment that ordered it was completed, or else when the registry noted it, as seconds since the epoch.',
      read: (v) => (v.deployedAt === undefined ? undefined : v.deployedAt / 1e6),
    }),
  },
});

const ofAdoption = entityOf<VersionAdoptionSample>();

const agentsOn = (adoption: Adoption) =>
  ofAdoption.updowncounter({
    name: 'ciris.version.agents',
    with: { 'ciris.version.adoption': adoption },
    unit: '{agent}',
    value: 'int',
    brief:
      'Agents by what was seen of them, without those that were stopped on purpose: on the latest version, the previous one, an older one, one that is newer than the last completed rollout, or one that cannot be told.',
    read: (a) => a.agents[adoption],
  });

/** What the agents of one canary group are on. */
export const versionAdoption = ofAdoption.entity({
  name: 'version_adoption',
  brief: 'How far the agents of one canary group have come with the latest version.',
  identity: {
    'ciris.canary.group': {
      brief: 'Which group: explorer, early_adopter, general, or unassigned for agents in none of them.',
      read: (a) => a.group,
    },
  },
  metrics: {
    latest: agentsOn('latest'),
    previous: agentsOn('previous'),
    older: agentsOn('older'),
    newer: agentsOn('newer'),
    unknown: agentsOn('unknown'),
  },
});
