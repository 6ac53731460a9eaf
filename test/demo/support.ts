import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type FleetOptions, startSimulatedFleet } from '../../src/demo/fleet.ts';

/** A round time, so that expected ones are easy to write. */
const second0 = Date.UTC(2026, 2, 1, 12);

/** A fleet in a folder of its own, whose clock stands still until it is told where to jump. */
export async function fleetOf(options: Omit<FleetOptions, 'clock' | 'folder'>) {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-fleet-'));
  let now = second0;
  const fleet = await startSimulatedFleet({ ...options, clock: { now: () => now }, folder });
  return {
    ...fleet,
    folder,
    /** Without bringing ports and files along. */
    turnClock(seconds: number): void {
      now = second0 + seconds * 1000;
    },
    async jumpTo(seconds: number): Promise<void> {
      now = second0 + seconds * 1000;
      await fleet.follow();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await fleet.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Asks on a connection of its own. */
export function ask(url: string, options: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, ...options }, (response) => {
      json(response).then(
        (body) => resolve({ status: response.statusCode, headers: response.headers, body }),
        reject,
      );
    }).on('error', reject);
  });
}

export const bearer = (token: string) => ({ headers: { authorization: `Bearer service:${token}` } });
