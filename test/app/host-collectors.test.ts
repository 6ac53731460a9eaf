import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../src/app/telemetry.ts';
import type { Collector } from '../../src/collectors/collector.ts';

const named = (name: string): Collector => ({
  name,
  entities: [],
  collect: async () => ({ rows: [], problems: [] }),
  close: async () => {},
});

it('a collector that cannot be closed costs no other its end', async () => {
  const closed: string[] = [];
  const closing = (name: string): Collector => ({
    ...named(name),
    close: async () => void closed.push(name),
  });
  const odd: Collector = {
    ...named('odd'),
    close: () => {
      throw new Error('stuck');
    },
  };
  const telemetry = createTelemetry({ docker: [], collectors: [closing('a'), odd, closing('b')] });
  await expect(telemetry.stop()).rejects.toThrow('stuck');
  expect(closed).toEqual(['a', 'b']);
});

describe('what would be taken for something else is refused:', () => {
  it('two engines of one server', () => {
    const docker = [
      { dockerHost: 'tcp://127.0.0.1:1' },
      { serverId: 'main', dockerHost: 'tcp://127.0.0.1:2' },
    ];
    expect(() => createTelemetry({ docker })).toThrow(
      "two engines are given for the server main, whose figures would be one another's: give each a serverId of its own",
    );
  });

  it.each([['mine', 'mine'], ['docker']])('collectors called %s', (...names) => {
    expect(() => createTelemetry({ collectors: names.map(named) })).toThrow(
      `two collectors are called ${names[0]}: give each a name of its own`,
    );
  });

  it('but not engines and collectors with names of their own', async () => {
    await using telemetry = createTelemetry({
      docker: [{ dockerHost: 'tcp://127.0.0.1:1' }, { serverId: 'b', dockerHost: 'tcp://127.0.0.1:2' }],
      collectors: [named('mine')],
    });
    const { outcomes } = await telemetry.snapshots.collectNow();
    expect(outcomes.map(({ collector }) => collector)).toEqual(['docker/main', 'docker/b', 'mine']);
  });
});
