import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { createDockerCollector } from '../src/collectors/docker/index.ts';
import { microsFromMs } from '../src/metric/time.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logger.ts';
import { startRestingEngine } from './engine.ts';
import { race, resultsOf } from './race.ts';
import type { Bench } from './result.ts';

const containers = 50;
const rounds = 41;

export const snapshotBench: Bench = {
  name: 'snapshot',
  brief: `One collection of ${containers} running containers on the newest Docker, against its bare requests; aim: 100 ms`,
  async *run() {
    await using engine = await startRestingEngine(containers);
    const collector = createDockerCollector(
      { dockerHost: engine.host },
      { clock: systemClock, logger: silentLogger },
    );
    const bare = new BareRequests(engine.socketPath);
    try {
      const collect = async (): Promise<void> => {
        const context = {
          time: microsFromMs(Date.now()),
          budgetMs: 10_000,
          signal: AbortSignal.timeout(15_000),
        };
        const { rows, problems, failure } = await collector.collect(context);
        if (failure !== undefined) throw new Error(failure.message);
        if (problems.length > 0 || rows.length !== containers + 1)
          throw new Error(`the collection brought ${rows.length} rows and ${problems.length} problems`);
      };
      const outcome = await race(rounds, { name: 'ours', work: collect }, [
        { name: 'the same requests, their answers parsed and no more', work: () => bare.round() },
      ]);
      yield* resultsOf(outcome, {
        bench: 'snapshot',
        case: `${containers} running containers`,
        unit: 'ms',
        figure: (ms) => ms,
      });
    } finally {
      bare.close();
      await collector.close();
    }
  },
};

const listed = z.array(z.object({ Id: z.string() }));

/** What any watcher of containers must ask an engine for: the time that is the engine's, not ours. */
class BareRequests {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async round(): Promise<void> {
    const list = listed.parse(await this.#get('/v1.44/containers/json?all=true'));
    await Promise.all(
      list.map(({ Id }) => this.#get(`/v1.44/containers/${Id}/stats?stream=false&one-shot=true`)),
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  async #get(path: string): Promise<unknown> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ socketPath: this.#socketPath, path, agent: this.#agent }, resolve).on('error', reject);
    });
    const body = await text(response);
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`);
    return JSON.parse(body);
  }
}
