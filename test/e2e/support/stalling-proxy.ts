import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface StallingProxyOptions {
  readonly port: number;
  readonly targetPort: number;
}

/** What stands still: everything, or only what comes back from the target. */
export type Stall = 'all' | 'answers';

/** A network that can fall silent without failing: connections are taken and stay open, and nothing comes through. */
export interface StallingProxy {
  stall(what: Stall): void;
  /** What was held back comes through now. */
  resume(): void;
  /** What was held back is lost with its connections, and new ones work. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startStallingProxy({ port, targetPort }: StallingProxyOptions): Promise<StallingProxy> {
  const links = new Set<Link>();
  let stalled: Stall | undefined;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    const link = new Link(near, far);
    links.add(link);
    link.hold(stalled);
    near.on('close', () => links.delete(link));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const hold = (what: Stall | undefined): void => {
    stalled = what;
    for (const link of links) link.hold(what);
  };
  const cut = (): void => {
    for (const link of links) link.destroy();
    hold(undefined);
  };
  return {
    stall: hold,
    resume: () => hold(undefined),
    cut,
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

class Link {
  readonly #near: Socket;
  readonly #far: Socket;

  constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
    const destroy = (): void => this.destroy();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', destroy).on('close', destroy);
    }
  }

  hold(what: Stall | undefined): void {
    if (what === 'all') this.#near.pause();
    else this.#near.resume();
    if (what === undefined) this.#far.resume();
    else this.#far.pause();
  }

  destroy(): void {
    this.#near.destroy();
    this.#far.destroy();
  }
}
