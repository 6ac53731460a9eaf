import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHealthAnswer } from '../../../src/collectors/agents/health-answer.ts';
import { readOverviewAnswer } from '../../../src/collectors/agents/overview-answer.ts';
import { readStatusAnswer } from '../../../src/collectors/agents/status-answer.ts';
import { readUnifiedAnswer } from '../../../src/collectors/agents/unified-answer.ts';
import { fixture } from './support.ts';

/** What was read of a body, flat; and whether anything in it was named as not readable. */
interface Read {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly isCounted: boolean;
}

const nothing: Read = { figures: {}, isCounted: true };

function readHealth(body: unknown): Read {
  const answer = readHealthAnswer(body);
  if (answer === undefined) return nothing;
  const { health, state, problem, warnings, ...rest } = answer;
  return {
    figures: { ...rest, ...warnings, health: health.value, state: state.value },
    isCounted: !!problem,
  };
}

function readUnified(body: unknown): Read {
  const answer = readUnifiedAnswer(body, 100);
  if (answer === undefined) return nothing;
  const { counts, levels, services, problem } = answer;
  const named = services.services.flatMap(({ name, ...figures }) =>
    Object.entries(figures).map(([key, value]) => [`${name}.${key}`, value] as const),
  );
  const figures = { ...Object.fromEntries(counts), ...levels, ...Object.fromEntries(named) };
  return { figures, isCounted: problem !== undefined || services.problem !== undefined };
}

function readOverview(body: unknown): Read {
  const answer = readOverviewAnswer(body);
  return answer === undefined ? nothing : { figures: { ...answer.figures }, isCounted: !!answer.problem };
}

function readStatus(body: unknown): Read {
  const answer = readStatusAnswer(body);
  if (answer === undefined) return nothing;
  const { problem, ...figures } = answer;
  return { figures, isCounted: !!problem };
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, each]) =>
    pathsOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...below];
}

const gone = Symbol('gone');

function changed(value: unknown, [key, ...rest]: Path, into: unknown): unknown {
  if (key === undefined) return into;
  if (Array.isArray(value)) return value.map((each, at) => (at === key ? changed(each, rest, into) : each));
  const entries = Object.entries(value ?? {}).map(([name, each]) => [
    name,
    name === key ? changed(each, rest, into) : each,
  ]);
  return Object.fromEntries(entries.filter(([, each]) => each !== gone));
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (each, key) => Object.entries(each ?? {}).find(([name]) => name === String(key))?.[1],
    value,
  );
}

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

const others = ['94', '', 'healthy?', -1, true, false, [], ['x'], {}, { value: 1 }];

const everywhere = new Set(['llm', 'llm_bus', 'adaptive_filter', 'agent_processor', 'resource_monitor']);

/** What comes with a name of its own may be there or not: a provider, a service that is none of the known ones. */
const mayBeMissing = (path: Path): boolean =>
  (path.length === 3 && path[1] === 'services') ||
  (path.length === 2 && path[0] === 'services' && !everywhere.has(String(path[1])));

/** What older versions lack, and what is null before there is a value. */
const optional = new Set([
  'degraded_mode',
  'timestamp',
  'warnings',
  'cognitive_state',
  'code_hash',
  'circuit_breaker_state',
  'requests_handled',
]);

const versions = ['1.1.9', '1.9.5', '2.0.0', '2.7.6', '2.9.33', '2.9.33-llm-down', '2.9.33-starting'];
const readers = { health: readHealth, unified: readUnified, overview: readOverview, status: readStatus };
const bodies = versions.flatMap((version) =>
  Object.entries(readers).map(([endpoint, read]) => ({ name: `${version}/${endpoint}`, read })),
);

describe('a field of another kind', () => {
  it.each(bodies)('in $name never gives another figure, only none, and for a reason', ({ name, read }) => {
    const body: unknown = JSON.parse(fixture(name));
    const usual = read(body);
    expect(usual.isCounted).toBe(false);
    const change = fc.constantFrom(...pathsOf(body)).chain((path) => {
      const fitting = others.filter((value) => value === -1 || typeOf(value) !== typeOf(at(body, path)));
      const into = mayBeMissing(path) ? [null, ...fitting] : [null, gone, ...fitting];
      return fc.record({ path: fc.constant(path), into: fc.constantFrom(...into) });
    });
    fc.assert(
      fc.property(change, ({ path, into }) => {
        const { figures, isCounted } = read(changed(body, path, into));
        const lost = Object.keys(usual.figures).filter((key) => {
          const [before, after] = [usual.figures[key], figures[key]];
          if (after !== undefined && after !== 'unknown') expect(after).toEqual(before);
          return before !== undefined && after !== before;
        });
        const isOptional = optional.has(String(path.at(-1))) && (into === null || into === gone);
        if (lost.length > 0 && !isOptional) expect(isCounted).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
