import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Releasers } from '../../src/runtime/releasers.ts';
import { answers } from './support/eventually.ts';
import { containerRequest, postUntilAnswered } from './support/otlp-request.ts';
import { createRandom } from './support/random.ts';
import {
  type DatabaseScene,
  startDatabase,
  startWriter,
  type WriterProcess,
} from './support/writer-scene.ts';

const processes = 8;
const rounds = 25;
const keys = 100;

const releasers = new Releasers();
let database: DatabaseScene;
let writers: readonly WriterProcess[];

beforeAll(async () => {
  database = await startDatabase(releasers);
  const { folder, postgres } = database;
  const names = Array.from({ length: processes }, (_, index) => `writer-${index}`);
  // All at once, so that they also migrate at once.
  writers = await Promise.all(
    names.map(async (name) => {
      const writer = await startWriter({ name, databaseUrl: postgres.connectionString, folder });
      releasers.add(name, () => writer.stop());
      await answers(`${writer.url}/readyz`);
      return writer;
    }),
  );
});
afterAll(() => releasers.close());

describe('B91: eight writer processes that are sent the same rows at once, each in an order of its own', () => {
  it('store each row once, and refuse no request', async () => {
    const base = Date.now();
    const statuses = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      const points = Array.from({ length: keys }, (_, key) => ({
        id: `shared-${key}`,
        timeMs: base + round,
        seconds: key,
      }));
      await Promise.all(
        writers.map(async ({ url }, index) => {
          const order = createRandom(round * processes + index).shuffled(points);
          const response = await postUntilAnswered(url, containerRequest(order));
          const said = `${response.status} ${await response.text()}`;
          statuses.set(said, (statuses.get(said) ?? 0) + 1);
        }),
      );
    }
    expect([...statuses]).toEqual([['200 {}', rounds * processes]]);
    const rows = await database.storedRows();
    expect(rows).toHaveLength(keys * rounds);
    for (const { identity, values } of rows) expect(identity['container.id']).toBe(`shared-${values.uptime}`);
  });
});
