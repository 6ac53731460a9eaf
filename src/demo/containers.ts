import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { messageOf } from '../runtime/errors.ts';
import { Releasers } from '../runtime/releasers.ts';
import { agentKey } from './agent-key.ts';
import { type AgentScript, figuresAt } from './script.ts';

/** Images with a `sleep`, and small enough to be of no weight. */
const usable = /^(docker\.io\/library\/|localhost\/)?(busybox|alpine):/;
const deadlineMs = 3_000;

/** Containers of the demo, or in words why there are none. */
export interface DemoContainers {
  readonly started: number;
  readonly reason?: string;
  remove(): Promise<void>;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** One sleeping container for each agent of a server, where an engine and a tiny image are there already; nothing is pulled. */
export async function startContainers(
  agents: readonly AgentScript[],
  { socketPath, serverId }: { readonly socketPath: string; readonly serverId: string },
): Promise<DemoContainers> {
  const call = callOf(socketPath);
  const releasers = new Releasers();
  const remove = () => releasers.close();
  const none = (reason: string): DemoContainers => ({ started: 0, reason, remove });
  try {
    const image = await findImage(call);
    if (image === undefined) {
      return none('the engine holds neither busybox nor alpine, and nothing is pulled');
    }
    if (await hasFleet(call)) return none('a fleet seems to run here already, which this must not mix with');
    const here = agents.filter((agent) => agent.serverId === serverId && figuresAt(agent, 0) !== undefined);
    // One after the other, so that after a failure none is still on its way.
    for (const agent of here) await startOne(call, { agent, image, releasers });
    return { started: here.length, remove };
  } catch (thrown) {
    // What was started before the failure must not stay behind.
    await remove();
    return none(`no container engine could be used at ${socketPath} (${messageOf(thrown)})`);
  }
}

type Caller = (call: Call) => Promise<unknown>;

function callOf(socketPath: string): Caller {
  return async ({ method, path, body }) => {
    const signal = AbortSignal.timeout(deadlineMs);
    const headers = { host: 'docker', 'content-type': 'application/json' };
    const sent = request({ socketPath, path, method, headers, signal });
    // Told by what is awaited below.
    sent.on('error', () => {});
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(sent, 'response', { signal });
    const answer = await text(response);
    const status = z.number().parse(response.statusCode);
    if (status >= 400) throw new Error(`${method} ${path} was answered with status ${status}`);
    return answer === '' ? undefined : JSON.parse(answer);
  };
}

const images = z.array(z.object({ RepoTags: z.array(z.string()).nullish() }));
const containers = z.array(z.object({ Names: z.array(z.string()) }));

async function findImage(call: Caller): Promise<string | undefined> {
  const found = images.parse(await call({ method: 'GET', path: '/images/json' }));
  return found.flatMap(({ RepoTags }) => RepoTags ?? []).find((tag) => usable.test(tag));
}

async function hasFleet(call: Caller): Promise<boolean> {
  const found = containers.parse(await call({ method: 'GET', path: '/containers/json?all=true' }));
  return found.some(({ Names }) => Names.some((name) => name.startsWith('/ciris')));
}

async function startOne(
  call: Caller,
  { agent, image, releasers }: { agent: AgentScript; image: string; releasers: Releasers },
): Promise<void> {
  const { agentId, occurrenceId, template } = agent;
  const body = {
    Image: image,
    Entrypoint: ['sleep'],
    Cmd: ['86400'],
    Env: [
      `CIRIS_AGENT_ID=${agentId}`,
      `CIRIS_TEMPLATE=${template}`,
      ...(occurrenceId === undefined ? [] : [`AGENT_OCCURRENCE_ID=${occurrenceId}`]),
    ],
    Labels: { 'ai.ciris.agents.id': agentId, 'ai.ciris.agents.template': template },
    HostConfig: { NetworkMode: 'none', AutoRemove: true, Memory: 32 * 1024 * 1024 },
  };
  const name = encodeURIComponent(`ciris-${agentId}`);
  const made = await call({ method: 'POST', path: `/containers/create?name=${name}`, body });
  const { Id } = z.object({ Id: z.string() }).parse(made);
  releasers.add(agentKey(agent), () =>
    call({ method: 'DELETE', path: `/containers/${Id}?force=true&v=true` }),
  );
  await call({ method: 'POST', path: `/containers/${Id}/start` });
}
