import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/metric/row.ts';
import { presenceDerivation } from '../../src/snapshot/presence.ts';
import { emptyRow, identityOf, rowOfContainer, rowOfServer, rowOfTarget } from './agent-rows.ts';

const time = 1_772_366_410_000_000;
const derive = (...rows: Row[]) => presenceDerivation().derive(rows, time);
const observed = (...rows: Row[]) =>
  derive(...rows).rows.map(({ identity, values }) => [
    `${identity['ciris.agent.id']}/${identity['ciris.agent.occurrence.id']}@${identity['ciris.server.id']}`,
    values.observed,
  ]);
const findings = (...rows: Row[]) => derive(...rows).findings ?? [];
const exited = { states: { state: 'exited' } };

describe('presence of an agent', () => {
  it('is what the engine of its server says', () => {
    const { rows } = derive(rowOfServer('main'), rowOfTarget('a@main'), rowOfContainer('ciris-a', 'a@main'));
    expect(rows).toEqual([
      {
        entity: 'agent_presence',
        time,
        identity: identityOf('a@main'),
        info: {},
        values: { observed: 1 },
        states: {},
      },
    ]);
  });

  it('is known of every agent that a target names or a container claims', () => {
    expect(
      observed(
        rowOfServer('main'),
        rowOfServer('scout'),
        rowOfTarget('a@main'),
        rowOfTarget('a/002@scout'),
        rowOfTarget('b@main', 0),
        rowOfContainer('ciris-a', 'a/002@scout'),
        rowOfContainer('ciris-c', 'c@scout'),
        rowOfContainer('ciris-d', 'd@scout', exited),
        rowOfContainer('ciris-nginx', '@main'),
      ),
    ).toEqual([
      ['a/default@main', 0],
      ['a/002@scout', 1],
      ['b/default@main', 0],
      ['c/default@scout', 1],
      ['d/default@scout', 0],
    ]);
  });

  it.each([
    ['did not answer', [rowOfServer('main', 0)]],
    ['is not watched', []],
    ['is not watched, though another is', [rowOfServer('scout')]],
  ])('is unknown where its server %s', (_, servers) => {
    expect(observed(...servers, rowOfTarget('a@main'))).toEqual([]);
  });

  it('does not rest on containers left over from a server that no longer answers', () => {
    expect(observed(rowOfServer('main', 0), rowOfContainer('ciris-a', 'a@main'))).toEqual([]);
  });

  it.each([{}, { state: 'unknown' }])('is unknown where the engine says %j of its container', (states) => {
    const rows = [
      rowOfServer('main'),
      rowOfTarget('a@main'),
      rowOfContainer('ciris-a', 'a@main', { states }),
    ];
    expect(derive(...rows)).toEqual({ rows: [], findings: [] });
    expect(observed(...rows, rowOfContainer('ciris-a-2', 'a@main'))).toEqual([['a/default@main', 1]]);
  });

  it.each(['paused', 'restarting', 'created', 'removing', 'exited', 'dead'])(
    'is no presence while its container is %s',
    (state) => {
      expect(
        observed(rowOfServer('main'), rowOfContainer('ciris-a', 'a@main', { states: { state } })),
      ).toEqual([['a/default@main', 0]]);
    },
  );
});

describe('what does not fit together', () => {
  it('is nothing where every agent runs where it is expected, and none that was stopped on purpose', () => {
    expect(
      findings(
        rowOfServer('main'),
        rowOfTarget('a@main'),
        rowOfTarget('b@main', 0),
        rowOfContainer('ciris-a', 'a@main'),
      ),
    ).toEqual([]);
  });

  it('is nothing where the same agent runs once on each of two servers, or twice as two occurrences', () => {
    expect(
      findings(
        rowOfServer('main'),
        rowOfServer('scout'),
        rowOfTarget('a@main'),
        rowOfTarget('a/002@main'),
        rowOfTarget('a@scout'),
        rowOfContainer('ciris-a', 'a@main'),
        rowOfContainer('ciris-a-002', 'a/002@main'),
        rowOfContainer('ciris-a', 'a@scout'),
      ),
    ).toEqual([]);
  });

  it('is an expected agent without a container', () => {
    expect(findings(rowOfServer('main'), rowOfTarget('a/002@main'))).toEqual([
      {
        kind: 'agent_absent',
        message:
          'agent a, occurrence 002, is expected on server main and has no container there; start it, or mark it as stopped on purpose',
      },
    ]);
  });

  it('is an expected agent whose container has ended', () => {
    expect(
      findings(
        rowOfServer('main'),
        rowOfTarget('a@main'),
        rowOfContainer('ciris-b', 'b@main'),
        rowOfContainer('ciris-a', 'a@main', exited),
        rowOfTarget('b@main'),
      ),
    ).toEqual([
      {
        kind: 'agent_absent',
        message:
          'agent a is expected on server main and has only ciris-a (exited) there; start it, or mark it as stopped on purpose',
      },
    ]);
  });

  it('is an agent that runs and no target names, but only where there are targets', () => {
    const rows = [rowOfServer('main'), rowOfContainer('ciris-b', 'b@main')];
    expect(findings(...rows)).toEqual([]);
    expect(findings(...rows, rowOfServer('scout', 0), rowOfTarget('a@scout'))).toEqual([
      {
        kind: 'agent_unexpected',
        message:
          'agent b runs on server main as ciris-b, and no target names it there; add a target, or stop it',
      },
    ]);
  });

  it('is no agent that a source may name which could never be read', () => {
    const rows = [rowOfServer('main'), rowOfContainer('ciris-b', 'b@main'), rowOfTarget('a@main', 0)];
    const registry = (values: Row['values']) =>
      emptyRow('source', { 'ciris.source': 'registry' }, { values });
    expect(findings(...rows, registry({ up: 0 }))).toEqual([]);
    expect(findings(...rows, registry({ up: 0, readAge: 60 }))).toHaveLength(1);
  });

  it('is an agent that runs on another server than the one it is expected on', () => {
    const found = findings(
      rowOfServer('main'),
      rowOfServer('scout'),
      rowOfTarget('a@main'),
      rowOfContainer('ciris-a', 'a@scout'),
    );
    expect(found.map(({ kind }) => kind)).toEqual(['agent_absent', 'agent_on_other_server']);
    expect(found[1]?.message).toBe(
      'agent a is expected on server main, and runs on server scout as ciris-a; move it back, or correct its target',
    );
  });

  it('is an extra run, not a move, where the agent also runs where it is expected', () => {
    expect(
      findings(
        rowOfServer('main'),
        rowOfServer('scout'),
        rowOfTarget('a@main'),
        rowOfContainer('ciris-a', 'a@main'),
        rowOfContainer('ciris-scout', 'a@scout'),
      ).map(({ kind }) => kind),
    ).toEqual(['agent_unexpected']);
  });

  it('is an agent that runs though it was stopped on purpose', () => {
    expect(
      findings(rowOfServer('main'), rowOfTarget('a@main', 0), rowOfContainer('ciris-a', 'a@main')),
    ).toEqual([
      {
        kind: 'agent_stopped_runs',
        message:
          'agent a is marked as stopped on purpose, and runs on server main as ciris-a; stop it, or take the mark away',
      },
    ]);
  });

  it('is nothing where a target names the agent and does not say readably whether it should run', () => {
    const target = { ...rowOfTarget('a@main'), values: {} };
    expect(findings(rowOfServer('main'), target)).toEqual([]);
    expect(findings(rowOfServer('main'), target, rowOfContainer('ciris-a', 'a@main'))).toEqual([]);
  });

  it('is two living containers of one agent', () => {
    expect(
      findings(
        rowOfServer('main'),
        rowOfContainer('ciris-scout', 'a@main'),
        rowOfContainer('ciris-a', 'a@main', { states: { state: 'restarting' } }),
      ),
    ).toEqual([
      {
        kind: 'agent_claimed_twice',
        message:
          'on server main, ciris-a (restarting), ciris-scout (running) all say that they run agent a and only one can; stop the others',
      },
    ]);
  });

  it('is an ended container beside the one that runs', () => {
    expect(
      findings(
        rowOfServer('main'),
        rowOfContainer('ciris-a-old', 'a@main', exited),
        rowOfContainer('ciris-a', 'a@main'),
      ),
    ).toEqual([
      {
        kind: 'container_debris',
        message:
          'on server main, ciris-a-old (exited) stands beside ciris-a, which runs agent a; remove what is left over',
      },
    ]);
  });

  it('is a server that has agents and no engine that is watched, which is told of once', () => {
    const agents = [
      rowOfTarget('a@far'),
      rowOfTarget('b@far'),
      rowOfTarget('c@main'),
      rowOfTarget('d@off', 0),
    ];
    const kinds = (...rows: Row[]) => findings(...agents, ...rows).map(({ kind }) => kind);
    expect(kinds()).toEqual([]);
    expect(findings(...agents, rowOfServer('main', 0))).toEqual([
      {
        kind: 'server_unwatched',
        message:
          'agents are expected on server far (2), and no engine of that name is watched, so nobody sees whether they run; list the server with its docker_host, or correct the server-id of the engine',
      },
    ]);
    expect(kinds(rowOfServer('main', 0), rowOfServer('far', 0))).toEqual([]);
  });

  it('is one engine that is watched under two names, which is told of once', () => {
    const rows = (startedOf: (server: string) => number | undefined, state = 'running') =>
      ['main', 'again'].flatMap((server) => {
        const startedAt = startedOf(server);
        const values: Row['values'] = startedAt === undefined ? {} : { startedAt };
        const containers = ['x', 'y'].map((id) => {
          const identity = { 'ciris.server.id': server, 'container.id': id };
          return rowOfContainer(id, `@${server}`, { identity, values, states: { state } });
        });
        return [rowOfServer(server), ...containers];
      });
    expect(findings(...rows(() => 5))).toEqual([
      {
        kind: 'engine_watched_twice',
        message:
          'servers again, main have the same containers, as one engine is watched under several names, and sums of the fleet count them several times; give each its own docker_host, or list it once',
      },
    ]);
    // Of a copied machine.
    expect(findings(...rows((server) => (server === 'main' ? 5 : 6)))).toEqual([]);
    expect(findings(...rows(() => 5, 'exited'))).toEqual([]);
    expect(findings(...rows(() => undefined))).toEqual([]);
  });

  it('names a container that has no name by its id', () => {
    const nameless = rowOfContainer('x', 'a@main', { info: { 'ciris.agent.id': 'a' } });
    expect(findings(rowOfServer('main'), rowOfTarget('b@scout'), nameless)[0]?.message).toContain(
      'runs on server main as x-id',
    );
  });
});
