import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steadyAgents } from '../../src/demo/cast.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from './support/exporter.ts';
import { figureIn, isSample, type Sample } from './support/exposition.ts';
import { sleeperOf, startLiveFleet } from './support/live-fleet.ts';

const releasers = new Releasers();
const agents = steadyAgents(2);
const ids = agents.map(({ agentId }) => agentId);
const [one = '', two = ''] = ids;
let engine: Engine;
let exporter: ExporterProcess;

beforeAll(async () => {
  const fleet = await startLiveFleet({ agents });
  releasers.add('fleet', () => fleet.stop());
  engine = await startEngine('docker-newest');
  releasers.add('engine', () => engine.stop());
  for (const agent of agents) await engine.run(sleeperOf(agent));
  exporter = await startExporterProcess({
    dockerHost: engine.host,
    // Snapshots go where nobody listens, so that no database is made.
    args: ['--otlp-endpoint', 'http://127.0.0.1:9'],
    env: fleet.env,
  });
  releasers.add('exporter', () => exporter.stop());
});
afterAll(() => releasers.close());

/** What one exposition says of the agents, so that no two snapshots are mixed. */
function presenceIn(samples: readonly Sample[]) {
  const of = (name: string) => ids.map((id) => figureIn(samples, name, { ciris_agent_id: id }));
  const found = samples.filter((sample) => isSample(sample, 'ciris_findings'));
  return {
    serverUp: figureIn(samples, 'ciris_server_up', { ciris_server_id: 'main' }),
    expected: of('ciris_agent_expected'),
    observed: of('ciris_agent_observed'),
    up: of('ciris_agent_up'),
    findings: Object.fromEntries(
      found
        .map(({ labels, value }) => [labels.ciris_finding_kind, value] as const)
        .filter(([kind]) => kind !== 'server_without_engine'),
    ),
  };
}

type Presence = ReturnType<typeof presenceIn>;

/** Waits for an exposition that says all of it, and nothing else of it; tells how the last one differed. */
async function expectPresence(wanted: Presence): Promise<void> {
  let last: Presence | undefined;
  await eventually(JSON.stringify(wanted), async () => {
    last = presenceIn(await exporter.samples());
    return isDeepStrictEqual(last, wanted) || undefined;
  }).catch(() => undefined);
  expect(last).toEqual(wanted);
}

/** Waits for a snapshot whose only finding of a kind says this: some may be begun in which the engine gave no answer in time. */
async function expectFinding(kind: string, words: string): Promise<void> {
  await eventually(`${kind}: ${words}`, async () => {
    const { findings } = await exporter.status();
    const [found, ...others] = findings.filter((finding) => finding.kind === kind);
    return (others.length === 0 && found?.message.includes(words)) || undefined;
  });
}

const here = { serverUp: 1, expected: [1, 1], up: [1, 1] };

describe('the presence of agents that are expected', () => {
  it('is seen by their containers', async () => {
    await expectPresence({ ...here, observed: [1, 1], findings: {} });
  });

  it('ends with the container, though the agent answers', async () => {
    await engine.command(['stop', `ciris-${one}`]);
    await expectPresence({ ...here, observed: [0, 1], findings: { agent_absent: 1 } });
    await expectFinding('agent_absent', `ciris-${one} (exited)`);
    await exporter.line(/ warn {2}.*agent_absent/);
  });

  it('is claimed twice by two containers of one agent', async () => {
    await engine.command(['start', `ciris-${one}`]);
    await expectPresence({ ...here, observed: [1, 1], findings: {} });
    const [agent] = agents;
    if (agent === undefined) throw new Error('The fleet has no agent');
    const second = await engine.run({ ...sleeperOf(agent), name: 'spare' });
    await expectPresence({ ...here, observed: [1, 1], findings: { agent_claimed_twice: 1 } });
    await expectFinding('agent_claimed_twice', `ciris-${one} (running), spare (running)`);
    await second.remove();
    await expectPresence({ ...here, observed: [1, 1], findings: {} });
  });

  it('is unknown while the engine is away, and known again after it', async () => {
    await engine.kill9();
    const unknown = [undefined, undefined];
    await expectPresence({ ...here, serverUp: 0, observed: unknown, findings: {} });
    expect(await exporter.rows('agent_presence')).toEqual([]);
    // Docker ends what ran before it was killed.
    await engine.restart();
    await expectPresence({ ...here, observed: [0, 0], findings: { agent_absent: 2 } });
    await engine.command(['start', `ciris-${two}`]);
    await expectPresence({ ...here, observed: [0, 1], findings: { agent_absent: 1 } });
  });
});
