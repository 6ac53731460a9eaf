import type { Row } from '../../src/metric/row.ts';

/** Rows as collectors make them, of as little as a test needs. */
export function rowOfServer(server: string, up = 1): Row {
  return emptyRow('server', { 'ciris.server.id': server }, { values: { up } });
}

/** `agent@server`, or `agent/occurrence@server`. */
export function identityOf(agent: string): Row['identity'] {
  const [whichever = '', server = ''] = agent.split('@');
  const [id = '', occurrence = 'default'] = whichever.split('/');
  return { 'ciris.agent.id': id, 'ciris.agent.occurrence.id': occurrence, 'ciris.server.id': server };
}

export function rowOfAgent(entity: string, agent: string, parts: Partial<Row> = {}): Row {
  return emptyRow(entity, identityOf(agent), parts);
}

export function rowOfTarget(agent: string, expected = 1): Row {
  return rowOfAgent('agent_target', agent, { values: { expected } });
}

/** A container named `name` that says it runs `agent`; `agent` may be `@server` for one that runs none. */
export function rowOfContainer(name: string, agent: string, parts: Partial<Row> = {}): Row {
  const identity = identityOf(agent);
  const occurrence = identity['ciris.agent.occurrence.id'];
  const info: Record<string, string> = { 'container.name': name };
  if (identity['ciris.agent.id'] !== '') info['ciris.agent.id'] = identity['ciris.agent.id'] ?? '';
  if (occurrence !== undefined && occurrence !== 'default') info['ciris.agent.occurrence.id'] = occurrence;
  const server = identity['ciris.server.id'] ?? '';
  const place = { 'ciris.server.id': server, 'container.id': `${name}-id-${server}` };
  return emptyRow('container', place, { info, states: { state: 'running' }, ...parts });
}

export function emptyRow(entity: string, identity: Row['identity'], parts: Partial<Row> = {}): Row {
  return { entity, time: 0, identity, info: {}, values: {}, states: {}, ...parts };
}
