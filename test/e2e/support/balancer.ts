import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Random } from './random.ts';

/** What can become of a request between a sender and the receivers behind a balancer. */
export type Mischief =
  /** It goes to one receiver, and the answer comes back. */
  | 'none'
  /** It goes to all receivers at once, and the first answer comes back. */
  | 'doubled'
  /** It is received, and the connection breaks before the answer is back. */
  | 'answer_lost'
  /** It is received by nobody, and answered as if it had been: what no honest balancer does. */
  | 'lie';

export interface BalancerOptions {
  readonly port: number;
  readonly targets: readonly URL[];
  readonly random: Random;
  /** How likely each kind of mischief is. */
  readonly mischief: Readonly<Partial<Record<Mischief, number>>>;
}

export interface Balancer {
  readonly url: string;
  /** How often each target took something, by its origin; each refusal, by its words; and each mischief. */
  counts(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

/** An HTTP balancer on the loopback that hands each request to the next target, and does mischief at random. */
export async function startBalancer({ port, targets, random, mischief }: BalancerOptions): Promise<Balancer> {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  let turn = 0;
  const choose = (): Mischief => {
    const { doubled = 0, answer_lost: lost = 0, lie = 0 } = mischief;
    const drawn = random.next();
    if (drawn < doubled) return 'doubled';
    if (drawn < doubled + lost) return 'answer_lost';
    return drawn < doubled + lost + lie ? 'lie' : 'none';
  };
  const forward = async (to: URL, incoming: IncomingMessage, body: Uint8Array): Promise<Answer> => {
    const answer = await send(new URL(incoming.url ?? '/', to), incoming, body);
    // In either encoding most of a refusal is its message.
    const said = Buffer.from(answer.body)
      .toString()
      .replaceAll(/[^ -~]+/g, '');
    count(answer.status === 200 ? to.origin : `${answer.status} ${said.slice(0, 200)}`);
    return answer;
  };
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const kind = choose();
    count(kind);
    if (kind === 'lie') {
      outgoing.writeHead(200, { 'content-type': incoming.headers['content-type'] ?? '' }).end();
      return;
    }
    turn += 1;
    const next = targets[turn % targets.length];
    const chosen = kind === 'doubled' || next === undefined ? targets : [next];
    const {
      status,
      headers,
      body: said,
    } = await Promise.any(chosen.map((to) => forward(to, incoming, body)));
    if (kind === 'answer_lost') outgoing.destroy();
    else outgoing.writeHead(status, passedOn(headers)).end(said);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.writeHead(502).end());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}`,
    counts: () => counts,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function passedOn(headers: IncomingMessage['headers']): Record<string, string> {
  const names = ['content-type', 'content-encoding', 'retry-after'];
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

async function send(url: URL, { method, headers }: IncomingMessage, body: Uint8Array): Promise<Answer> {
  // A connection of its own for each: a target that died is found out at once, and only where it matters.
  const outgoing = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(9000) });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve).on('error', reject).end(body);
  const response = await promise;
  return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) };
}
