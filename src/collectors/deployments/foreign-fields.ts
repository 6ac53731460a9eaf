import { createHash } from 'node:crypto';
import { type Fields, isObject } from './read-fields.ts';

/** What the manager tells of a deployment under our names, not checked yet, and which of its fields are not there at all. */
export interface ForeignFields {
  readonly fields: Fields;
  readonly lacking: readonly string[];
}

type Names = Readonly<Record<string, string>>;

const summaryNames: Names = {
  deployment_id: 'id',
  status: 'status',
  started_at: 'startedAt',
  completed_at: 'completedAt',
  agents_total: 'agentsTotal',
  agents_updated: 'agentsUpdated',
  agents_failed: 'agentsFailed',
};

/** `agents_deferred` is left out: no agent can defer, so it is always 0. So is `strategy`, which always says canary. */
const statusNames: Names = { ...summaryNames, staged_at: 'stagedAt', canary_phase: 'phase' };

const pendingNames: Names = {
  deployment_id: 'id',
  status: 'status',
  staged_at: 'stagedAt',
  affected_agents: 'agentsTotal',
};

const notificationNames: Names = {
  agent_image: 'agentImage',
  gui_image: 'guiImage',
  nginx_image: 'nginxImage',
  strategy: 'strategy',
  version: 'version',
  risk_level: 'riskLevel',
  source: 'notifier',
};

/** What a full record has besides. */
const others = [
  'notification',
  'agents_in_progress',
  'agents_pending_restart',
  'canary_assignments',
  'events',
] as const;

/** No value of any field: it is named as one that cannot be read. */
const unreadable = Number.NaN;

/** A deployment as `updates/status` and the state file tell of it. */
export function fromStatus(value: Fields): ForeignFields {
  const { agents_in_progress: inProgress, agents_pending_restart: pending, notification, events } = value;
  const fields: Record<string, unknown> = {
    ...renamed(value, statusNames),
    agentsInProgress: statesIn(inProgress) ?? orNull(inProgress),
    agentsPendingRestart: textsIn(pending) ?? orNull(pending),
    assigned: assignedIn(value.canary_assignments),
    ...notified(notification),
    ...told(events),
  };
  // A deployment to one agent has no phase, but its events have.
  fields.phase ??= isOfOne(events) ? 'single' : undefined;
  const lacking = [
    ...lackingIn(value, statusNames),
    ...others.filter((name) => value[name] === undefined),
    ...(isObject(notification) ? lackingIn(notification, notificationNames) : []),
  ];
  return { fields, lacking };
}

/** A deployment as `updates/history` tells of it: without notification, phase and agents under way. */
export function fromSummary(value: Fields): ForeignFields {
  return { fields: renamed(value, summaryNames), lacking: lackingIn(value, summaryNames) };
}

/** A deployment as `updates/pending/all` tells of it. */
export function fromPending(value: Fields): ForeignFields {
  const fields = { ...renamed(value, pendingNames), ...notified(value) };
  return { fields, lacking: lackingIn(value, pendingNames) };
}

function renamed(value: Fields, names: Names): Record<string, unknown> {
  return Object.fromEntries(Object.entries(names).map(([theirs, ours]) => [ours, value[theirs]]));
}

const lackingIn = (value: Fields, names: Names): readonly string[] =>
  Object.keys(names).filter((name) => value[name] === undefined);

/** Null is as good as nothing, and the rest is not what was expected. */
const orNull = (value: unknown): unknown => (value === null || value === undefined ? undefined : unreadable);

function textsIn(value: unknown): number | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.length : undefined;
}

/** Keyed by agent id, so that two occurrences of one agent are one; each with a word such as `restarting`. */
function statesIn(value: unknown): number | undefined {
  if (!isObject(value)) return undefined;
  const states = Object.values(value);
  return states.every((state) => typeof state === 'string' && /^[a-z_]+$/.test(state))
    ? states.length
    : undefined;
}

/** One entry an agent: occurrences share an agent id, which then comes twice. */
function assignedIn(value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (!isObject(value)) return unreadable;
  const { explorers, early_adopters: earlyAdopters, general } = value;
  return {
    explorers: textsIn(explorers),
    earlyAdopters: textsIn(earlyAdopters),
    general: textsIn(general),
  };
}

function notified(notification: unknown): Fields {
  if (notification === null || notification === undefined) return {};
  if (!isObject(notification)) return { notification: unreadable };
  return { ...renamed(notification, notificationNames), notification: fingerprintOf(notification) };
}

/** Tells notifications apart without keeping their texts. The nginx image is no part of it: lists of staged ones lack it. */
function fingerprintOf(notification: Fields): string {
  const { agent_image, gui_image, strategy, version, commit_sha, message } = notification;
  const told = [agent_image, gui_image, strategy, version, commit_sha, message].map((part) => part ?? null);
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}

function told(events: unknown): Fields {
  if (!Array.isArray(events)) return { lastEventAt: orNull(events) };
  const times = events.map((event: unknown) => (isObject(event) ? event.timestamp : undefined));
  const texts = times.filter((time) => typeof time === 'string');
  // Times of one writer in one form: the last in the alphabet is the last of them.
  return { lastEventAt: texts.length < times.length ? unreadable : texts.sort().at(-1) };
}

function isOfOne(events: unknown): boolean {
  const details = Array.isArray(events)
    ? events.map((event: unknown) => isObject(event) && event.details)
    : [];
  return details.some((detail) => isObject(detail) && detail.phase === 'single_agent');
}
