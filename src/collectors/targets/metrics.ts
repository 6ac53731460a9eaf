import { entityOf } from '../../metric/define.ts';
import type { Micros } from '../../metric/time.ts';
import { type AgentTargetSample, type AgentVersionSample, tokenStates } from './sample.ts';

const ofTarget = entityOf<AgentTargetSample>();

const seconds = (time: Micros | undefined): number | undefined =>
  time === undefined ? undefined : time / 1e6;

/** An agent that should be watched, as the sources of targets know it: nothing here was asked of the agent. */
export const agentTarget = ofTarget.entity({
  name: 'agent_target',
  brief: 'An agent that should be watched, as the sources of targets know it.',
  identity: {
    'ciris.agent.id': { brief: 'The agent.', read: (t) => t.agentId },
    'ciris.agent.occurrence.id': {
      brief: 'Which occurrence of it; default where there is but one.',
      read: (t) => t.occurrenceId,
    },
    'ciris.server.id': { brief: 'The host it runs on.', read: (t) => t.serverId },
  },
  info: {
    'ciris.target.source': {
      brief: 'Which source named it: settings, host or registry.',
      read: (t) => t.source,
    },
    'ciris.agent.name': { brief: 'Name in the registry.', read: (t) => t.name },
    'ciris.agent.template': { brief: 'Template that it was made from.', read: (t) => t.template },
    'ciris.canary.group': {
      brief: 'When a rollout reaches it: explorer, early_adopter or general.',
      read: (t) => t.canaryGroup,
    },
    'ciris.agent.deployment': { brief: 'Name of the deployment it belongs to.', read: (t) => t.deployment },
    'ciris.agent.registered.version': {
      brief: 'Version that the manager noted when it last asked the agent; no sign of what runs now.',
      read: (t) => t.version,
    },
  },
  metrics: {
    expected: ofTarget.gauge({
      name: 'ciris.agent.expected',
      unit: '',
      value: 'int',
      brief: 'Whether the agent is meant to run (1) or was stopped on purpose (0).',
      read: (t) => (t.expected === undefined ? undefined : Number(t.expected)),
    }),
    tokenState: ofTarget.stateset({
      name: 'ciris.agent.token.state',
      brief: 'Whether there is a service token for the agent, and whether it can be used.',
      states: tokenStates,
      read: (t) => t.tokenState,
    }),
    transitionNoted: ofTarget.gauge({
      name: 'ciris.agent.version.transition.noted',
      unit: 's',
      value: 'double',
      brief:
        'When the manager first saw the agent answer with its latest version; the change itself was earlier.',
      read: (t) => seconds(t.transitionNoted),
    }),
    timeToWork: ofTarget.gauge({
      name: 'ciris.agent.version.time_to_work.noted',
      unit: 's',
      value: 'double',
      brief:
        'From when the manager first saw the latest version until it saw it at work; as coarse as its looks are rare.',
      read: (t) => t.timeToWorkSeconds,
    }),
    workNoted: ofTarget.gauge({
      name: 'ciris.agent.work.noted',
      unit: 's',
      value: 'double',
      brief:
        'When the manager last saw the agent at work; it looks only when asked to, so this is no heartbeat.',
      read: (t) => seconds(t.workNoted),
    }),
  },
});

const ofVersion = entityOf<AgentVersionSample>();

/** An image that the manager has noted for an agent: what it ordered, which need not be what runs. */
export const agentVersion = ofVersion.entity({
  name: 'agent_version',
  brief: 'An image that the manager has noted for an agent: what it ordered, which need not be what runs.',
  identity: {
    'ciris.agent.id': { brief: 'The agent.', read: (v) => v.agentId },
    'ciris.agent.occurrence.id': {
      brief: 'Which occurrence of it; default where there is but one.',
      read: (v) => v.occurrenceId,
    },
    'ciris.server.id': { brief: 'The host it runs on.', read: (v) => v.serverId },
    'ciris.version.slot': { brief: 'Current, previous or fallback.', read: (v) => v.slot },
  },
  info: {
    'ciris.version.image': { brief: 'Image as it was ordered: tag or digest form.', read: (v) => v.image },
    'ciris.version.tag': { brief: 'Tag of the image.', read: (v) => v.tag },
    'ciris.version.digest': { brief: 'Digest of the image.', read: (v) => v.digest },
    'ciris.version.gui.image': { brief: 'Image of the user interface beside it.', read: (v) => v.guiImage },
  },
  metrics: {
    deployedAt: ofVersion.gauge({
      name: 'ciris.agent.version.deployed_at',
      unit: 's',
      value: 'double',
      brief: 'When the manager noted that it had ordered this image; absent where it did not.',
      read: (v) => seconds(v.deployedAt),
    }),
  },
});
