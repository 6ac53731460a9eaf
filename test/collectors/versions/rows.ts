import type { Derived } from '../../../src/collectors/collector.ts';
import { versionsDerivation } from '../../../src/collectors/versions/derivation.ts';
import type { Row } from '../../../src/metric/row.ts';

export const repository = 'ghcr.io/cirisai/ciris-agent';
/** A version such as `2.9.33` as an image; anything else, such as `latest` or a digest, as it is. */
export const imageOf = (word: string): string =>
  word.startsWith('sha256:') ? `${repository}@${word}` : `${repository}:${word}`;

/** A hash made of one digit or of several. */
export const hash = (digits: string): string => `sha256:${digits.repeat(64).slice(0, 64)}`;

export function row(entity: string, identity: Row['identity'], parts: Partial<Row> = {}): Row {
  return { entity, time: 0, identity, info: {}, values: {}, states: {}, ...parts };
}

/** `agent`, `agent@server` or `agent/occurrence@server`. */
function identityOf(agent: string): Row['identity'] {
  const [whichever = '', server = 'main'] = agent.split('@');
  const [id = '', occurrence = 'default'] = whichever.split('/');
  return { 'ciris.agent.id': id, 'ciris.agent.occurrence.id': occurrence, 'ciris.server.id': server };
}

export function target(agent: string, group?: string): Row {
  const info: Record<string, string> = group === undefined ? {} : { 'ciris.canary.group': group };
  return row('agent_target', identityOf(agent), { info, values: { expected: 1 } });
}

/** A target that was stopped on purpose. */
export const stopped = (agent: string): Row => ({ ...target(agent), values: { expected: 0 } });

let containers = 0;

/** The container of an agent, by default running, of an image `word` whose id on this engine is `id`. */
export function container(agent: string, word: string, { id = '', state = 'running' } = {}): Row {
  const { 'ciris.server.id': server = '', ...whose } = identityOf(agent);
  containers += 1;
  const info: Record<string, string> = { ...whose, 'container.image.name': imageOf(word) };
  if (id !== '') info['container.image.id'] = hash(id);
  const identity = { 'ciris.server.id': server, 'container.id': String(containers) };
  return row('container', identity, { info, states: { state } });
}

/** A container that is no agent's. */
export function named(
  name: string,
  image: string,
  { id = '', state = 'running', server = 'main' } = {},
): Row {
  const info: Record<string, string> = { 'container.name': name, 'container.image.name': image };
  if (id !== '') info['container.image.id'] = hash(id);
  const identity = { 'ciris.server.id': server, 'container.id': `${name}-${server}-${id}` };
  return row('container', identity, { info, states: { state } });
}

export interface Slots {
  readonly current?: string;
  readonly digest?: string | undefined;
  readonly previous?: string;
  readonly fallback?: string;
  readonly gui?: string;
  /** Minute of the order. */
  readonly at?: number;
}

/** What the registry notes for an agent: the current image as it was ordered, those before it as digests. */
export function noted(
  agent: string,
  { current, digest, previous, fallback, gui, at }: Slots,
): readonly Row[] {
  const slot = (name: string, info: Record<string, string>, values: Row['values'] = {}): Row =>
    row('agent_version', { ...identityOf(agent), 'ciris.version.slot': name }, { info, values });
  const info: Record<string, string> = {};
  if (current !== undefined) {
    info['ciris.version.image'] = imageOf(current);
    if (!current.startsWith('sha256:')) info['ciris.version.tag'] = current;
  }
  if (digest !== undefined) info['ciris.version.digest'] = digest;
  if (gui !== undefined) info['ciris.version.gui.image'] = gui;
  return [
    slot('current', info, at === undefined ? {} : { deployedAt: at * 60 }),
    ...(previous === undefined ? [] : [slot('previous', { 'ciris.version.digest': previous })]),
    ...(fallback === undefined ? [] : [slot('fallback', { 'ciris.version.digest': fallback })]),
  ];
}

export function answer(agent: string, version: string): Row {
  return row('agent', identityOf(agent), { info: { 'ciris.agent.version': version }, values: { up: 1 } });
}

export interface Rollout {
  readonly status?: string;
  readonly phase?: string;
  readonly strategy?: string;
  readonly component?: 'agent' | 'gui' | 'nginx';
  readonly doubtful?: boolean;
  /** Minute of its end; a rollout that has none has only begun. */
  readonly at?: number;
  readonly begunAt?: number;
  /** How many of so many assigned agents it has updated. */
  readonly updated?: readonly [agents: number, assigned: number];
}

let deployments = 0;

export function rollout(word: string, options: Rollout = {}): Row {
  const { status = 'completed', phase, strategy = 'canary', component = 'agent', doubtful, at } = options;
  deployments += 1;
  const info = {
    [`ciris.deployment.image.${component}`]: word.includes('/') ? word : imageOf(word),
    'ciris.deployment.strategy': strategy,
  };
  const values: Record<string, number> = {};
  if (at !== undefined) values.completedAt = at * 60;
  if (options.begunAt !== undefined) values.startedAt = options.begunAt * 60;
  if (options.updated !== undefined) [values.agentsUpdated, values.agentsAssigned] = options.updated;
  if (options.updated !== undefined) values.agentsFailed = 0;
  if (doubtful !== undefined) values.doubtful = Number(doubtful);
  const states: Record<string, string> = { status };
  if (phase !== undefined) states.phase = phase;
  return row('deployment', { 'ciris.deployment.id': `d${deployments}` }, { info, values, states });
}

export function derive(rows: readonly (Row | readonly Row[])[]): Derived {
  return versionsDerivation().derive(rows.flat(), 1_000_000);
}

/** Slot to `tag source`, or to the digest where there is no tag. */
export function slotsOf({ rows }: Derived, component = 'agent'): Readonly<Record<string, string>> {
  const own = rows.filter((one) => one.identity['ciris.component'] === component);
  return Object.fromEntries(
    own.map(({ identity, info }) => [
      identity['ciris.version.slot'],
      `${info['ciris.version.tag'] ?? info['ciris.version.digest']} ${info['ciris.version.source']}`,
    ]),
  );
}

export function slotRow({ rows }: Derived, slot: string, component = 'agent'): Row | undefined {
  return rows.find(
    ({ identity }) => identity['ciris.component'] === component && identity['ciris.version.slot'] === slot,
  );
}

/** Figures other than 0, over all groups. */
export function adoptionOf({ rows }: Derived): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { entity, values } of rows) {
    if (entity !== 'version_adoption') continue;
    for (const [key, value] of Object.entries(values)) {
      if (value !== 0) counts[key] = (counts[key] ?? 0) + Number(value);
    }
  }
  return counts;
}
