import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Collected } from '../../../src/collectors/collector.ts';
import type { Row } from '../../../src/metric/row.ts';
import { FakeEngine, type Handler } from './fake-engine.ts';
import { collectNow, containersOf, fleet, startCollector } from './support.ts';

const odd = '0'.repeat(64);
const other = odd.replace(/0$/, '1');
const answers = fleet({ size: 2, ticks: false });
let engine: FakeEngine;

beforeAll(async () => {
  engine = await FakeEngine.start(answers);
});
afterAll(() => engine.stop());

async function collectFrom(handler: Handler): Promise<Collected> {
  engine.handler = handler;
  const collector = startCollector({ dockerHost: engine.host });
  try {
    return await collectNow(collector);
  } finally {
    await collector.close();
  }
}

const places = {
  list: /^\/containers\/json$/,
  details: new RegExp(`^/containers/${odd}/json$`),
  figures: new RegExp(`^/containers/${odd}/stats$`),
};

/** The engine's answers, with one thing different in those of the odd container. */
function oddly(place: RegExp, change: (document: unknown) => unknown): Handler {
  return async (request) => {
    const answer = await answers(request);
    if (!place.test(request.path) || typeof answer === 'string') return answer;
    const body: unknown = JSON.parse(JSON.stringify(answer.body));
    return { ...answer, body: Array.isArray(body) ? [change(body[0]), ...body.slice(1)] : change(body) };
  };
}

const container = z.record(z.string(), z.unknown());

type Path = readonly string[];

/** Every place in a document, the whole of it first. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  const { data = {} } = container.safeParse(value);
  return [path, ...Object.entries(data).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const fields = container.parse(value);
  return { ...fields, [key]: changed(fields[key], rest, replacement) };
}

/** What is the same at whatever time it is read. */
function lasting(row: Row | undefined) {
  if (row === undefined) return undefined;
  const { uptime, ...values } = row.values;
  return { info: row.info, states: row.states, values, isUp: uptime !== undefined };
}

const rowOf = (id: string, collected: Collected): Row | undefined =>
  containersOf(collected).find(({ identity }) => identity['container.id'] === id);

describe.each(Object.entries(places))('whatever stands in the %s of a container', (_, place) => {
  it('costs the others nothing, and makes no figure wrong', async () => {
    let document: unknown;
    const normal = await collectFrom(
      oddly(place, (original) => {
        document = original;
        return original;
      }),
    );
    const [expected, figures] = [lasting(rowOf(other, normal)), rowOf(odd, normal)?.values];
    expect(expected?.values.memoryUsage).toBe(6e8);
    for (const path of pathsIn(document)) {
      for (const replacement of [null, undefined, 'nonsense', true, [null], -1, { nonsense: {} }]) {
        const collected = await collectFrom(oddly(place, (original) => changed(original, path, replacement)));
        const what = `${path.join('.')} = ${JSON.stringify(replacement)}`;
        expect(collected.failure, what).toBeUndefined();
        expect(lasting(rowOf(other, collected)), what).toEqual(expected);
        const { uptime: _, ...values } = rowOf(odd, collected)?.values ?? {};
        expect(figures, what).toMatchObject(values);
      }
    }
  });
});
