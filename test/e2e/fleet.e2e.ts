import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog, storedEntities } from '../../src/catalog/catalog.ts';
import { agentKey } from '../../src/demo/agent-key.ts';
import { demoAgents, demoDeployments } from '../../src/demo/cast.ts';
import { deploymentAt } from '../../src/demo/deployment-script.ts';
import { type AgentScript, figuresAt } from '../../src/demo/script.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { eventually } from './support/eventually.ts';
import type { Status } from './support/exporter.ts';
import { type FleetScene, playFleetScene, type Way, wayNames } from './support/fleet-scene.ts';
import { promtool } from './support/prometheus.ts';
import { ordered } from './support/row-order.ts';
import { Scrapes } from './support/scrapes.ts';
import * as truth from './support/script-truth.ts';
import { byKey, keyOf, rowsIn } from './support/shown-rows.ts';
import { expectStates, spanOfAgent, spanOfFile, spanOfUsage } from './support/stateset-check.ts';

/** The rollout has ended, and every agent that was restarted has figures of its new process. */
const lastSecond = 60;
/** There is one a second, but for those that a busy machine does not end in time. */
const enoughScrapes = 10;

const releasers = new Releasers();
let scene: FleetScene;
let scrapes: Scrapes;
/** Snapshots of the process, by their numbers. */
const statuses = new Map<number, Status>();

const secondsNow = (): number => (Date.now() - scene.fleet.startedAt) / 1000;

beforeAll(async () => {
  scene = await playFleetScene(releasers);
  const look = async () => {
    const status = await scene.served.status();
    statuses.set(status.snapshot.sequence, status);
    return secondsNow() >= lastSecond || undefined;
  };
  await eventually(`second ${lastSecond} of the script`, look);
  await Promise.all(wayNames.map((name) => stopOnceStored(scene.ways[name])));
  scrapes = await Scrapes.of(scene.prometheus, scene.fleet.startedAt);
});
afterAll(() => releasers.close());

/** What is not delivered by the end of an exporter goes with its folder: that is the last snapshots, at most. */
async function stopOnceStored({ exporter, storedRows }: Way): Promise<void> {
  const taken = byKey(exporter.taken()).length;
  await eventually('all is stored', async () => (await storedRows()).length >= taken || undefined);
  await exporter.stop();
}

describe.each(wayNames)('the whole fleet by %s', (name) => {
  it('has rows of every entity in its snapshots', () => {
    const rows = scene.ways[name].exporter.rows();
    expect([...new Set(rows.map(({ entity }) => entity))].toSorted()).toEqual(
      storedEntities(catalog)
        .map((entity) => entity.name)
        .toSorted(),
    );
  });

  it('shows what still holds in several snapshots, with its own time and unchanged', () => {
    const repeated = byKey(scene.ways[name].exporter.taken()).filter(({ others }) => others.length > 0);
    const entities = new Set(repeated.map(({ row }) => row.entity));
    expect([...entities]).toEqual(
      expect.arrayContaining(['agent', 'agent_usage', 'agent_service', 'agent_report']),
    );
    for (const { row, others, times } of repeated) {
      for (const other of others) expect(other).toEqual(row);
      expect(Math.max(...times)).toBeGreaterThan(row.time);
    }
  });

  it('is stored row by row as it was, none missing and none twice', async () => {
    const { exporter, storedRows } = scene.ways[name];
    const taken = exporter.taken();
    expect(taken.length).toBeGreaterThan(5);
    const delivered = byKey(taken.slice(0, taken.length - exporter.undelivered()));
    const mustBe = new Set(delivered.map(({ row }) => keyOf(row)));
    const stored = await eventually('all that was delivered', async () => {
      const rows = await storedRows();
      const there = new Set(rows.map(keyOf));
      return [...mustBe].every((key) => there.has(key)) ? rows : undefined;
    });
    // What was under way when an exporter ended may be there, too.
    const there = new Set(stored.map(keyOf));
    const sent = byKey(taken).map(({ row }) => row);
    expect(ordered(stored)).toEqual(ordered(sent.filter((row) => there.has(keyOf(row)))));
  });
});

describe('serve as a process', () => {
  it('stores each row that its status shows', async () => {
    const shown = [...statuses.values()].flatMap(rowsIn);
    expect(statuses.size).toBeGreaterThan(5);
    const stored = await eventually('the last snapshot is stored', async () => {
      const rows = new Map((await scene.servedRows()).map((row) => [keyOf(row), row]));
      return shown.every((row) => rows.has(keyOf(row))) ? rows : undefined;
    });
    for (const row of shown) expect(stored.get(keyOf(row))).toEqual(row);
  });

  it('has nothing in its exposition that promtool or Prometheus minds', async () => {
    const text = await eventually('figures of the agents', async () => {
      const shown = await scene.served.metrics();
      return shown.includes('ciris_agent_llm_cost_total{') ? shown : undefined;
    });
    expect(await promtool(3, ['check', 'metrics'], text)).toEqual({ code: 0, stdout: '', stderr: '' });
    const accept = 'application/openmetrics-text;version=1.0.0';
    const answer = await fetch(`${scene.served.url}/metrics`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(await answer.text()).toMatch(/\n# EOF\n$/);
    expect(scene.prometheus.scrapeFailures()).toEqual([]);
    expect(scrapes.count).toBeGreaterThan(enoughScrapes);
  });
});

const named = (agent: AgentScript) => ({ name: agentKey(agent), agent });

describe('what Prometheus has of the fleet', () => {
  it.each(demoAgents.map(named))('is the health and state of $name at each scrape', async ({ agent }) => {
    const of = { selector: truth.selectorOf(agent), thing: agent, span: spanOfAgent };
    const states = await expectStates(scrapes, {
      ...of,
      name: 'ciris_agent_cognitive_state',
      at: truth.stateShown,
    });
    const healths = await expectStates(scrapes, { ...of, name: 'ciris_agent_health', at: truth.healthShown });
    if (agent.conduct === 'hangs' || agent.conduct === 'stopped') {
      expect([...states, ...healths]).toEqual([truth.nothing, truth.nothing]);
    } else {
      expect(states).toContain('work');
    }
  });

  it.each(demoAgents.filter(({ conduct }) => conduct === 'answers').map(named))(
    'is the cost, tokens and requests of $name',
    async ({ agent }) => {
      const selector = truth.selectorOf(agent);
      const checks = [
        ['ciris_agent_llm_requests_total', '', (seconds: number) => figuresAt(agent, seconds)?.llm.requests],
        [
          'ciris_agent_llm_tokens_total',
          ',gen_ai_token_type="input"',
          (seconds: number) => figuresAt(agent, seconds)?.llm.tokensInput,
        ],
        [
          'ciris_agent_llm_cost_total',
          '',
          (seconds: number) => dollarsOf(figuresAt(agent, seconds)?.llm.costCents),
        ],
      ] as const;
      for (const [name, more, at] of checks) {
        const figures = await scrapes.figures(`${name}{${selector}${more}}`);
        const wrong = figures.filter(({ begun, value }) => {
          const right = truth.truthsIn(spanOfUsage(begun), at);
          return ![...right].some((one) => one !== undefined && Math.abs(one - value) < 1e-9);
        });
        expect(wrong, name).toEqual([]);
        expect(figures.length, name).toBeGreaterThan(enoughScrapes);
      }
      const requests = await scrapes.figures(`ciris_agent_llm_requests_total{${selector}}`);
      expect(new Set(requests.map(({ value }) => value)).size).toBeGreaterThan(1);
    },
  );

  it('is to the last request what the script has at the time of the figures', async () => {
    const current = await eventually('Prometheus and the status are of one snapshot', async () => {
      const rows = await scene.served.rows('agent_usage');
      const series = await scene.prometheus.query('ciris_agent_llm_requests_total');
      const pairs = rows.map(({ identity, time, values }) => {
        const labels = Object.fromEntries(
          Object.entries(identity).map(([name, value]) => [name.replaceAll('.', '_'), value]),
        );
        const agent = truth.scriptOf(labels);
        const found = series.find(
          (one) => truth.selectorOf(truth.scriptOf(one.labels)) === truth.selectorOf(agent),
        );
        return { agent, time: Date.parse(time), shown: found?.value, told: values.llmRequests };
      });
      return pairs.every(({ shown, told }) => shown === told) ? pairs : undefined;
    });
    expect(current).toHaveLength(demoAgents.filter(({ conduct }) => conduct === 'answers').length);
    for (const { agent, time, shown } of current) {
      const second = (time - scene.fleet.startedAt) / 1000;
      // What is read while a snapshot is taken has the time at which that was begun.
      const right = truth.truthsIn({ from: second - 0.01, until: second + 3 }, (seconds) => {
        return figuresAt(agent, seconds)?.llm.requests;
      });
      expect([...right], agentKey(agent)).toContain(shown);
    }
  });

  it.each(demoDeployments)('is the course of deployment $id', async (deployment) => {
    const of = { selector: `ciris_deployment_id="${deployment.id}"`, thing: deployment, span: spanOfFile };
    const statusesSeen = await expectStates(scrapes, {
      ...of,
      name: 'ciris_deployment_status',
      at: truth.statusShown,
    });
    const phases = await expectStates(scrapes, {
      ...of,
      name: 'ciris_deployment_phase',
      at: truth.phaseShown,
    });
    const isRollout = deployment.id === demoDeployments[2]?.id;
    if (!isRollout) return;
    expect([...statusesSeen]).toEqual(expect.arrayContaining(['in_progress', 'completed']));
    expect([...phases]).toEqual(expect.arrayContaining(['explorers', 'early_adopters', 'general']));
    const updated = `ciris_deployment_agents{${of.selector},ciris_deployment_agent_state="updated"}`;
    const figures = await scrapes.figures(updated);
    for (const { begun, value } of figures) {
      const right = truth.truthsIn(
        spanOfFile(begun),
        (seconds) => deploymentAt(deployment, seconds)?.updated,
      );
      expect([...right]).toContain(value);
    }
    expect(figures.at(-1)?.value).toBe(4);
  });

  it('is which agents answer, to whom, and on what they are', async () => {
    const ofEach = async (name: string) => {
      const series = await scene.prometheus.query(name);
      return Object.fromEntries(series.map(({ labels, value }) => [agentKey(truth.scriptOf(labels)), value]));
    };
    const answering = (agent: AgentScript) => figuresAt(agent, lastSecond) !== undefined;
    const wanted = (is: (agent: AgentScript) => boolean | undefined) =>
      Object.fromEntries(
        demoAgents.flatMap((agent) => {
          const value = is(agent);
          return value === undefined ? [] : [[agentKey(agent), Number(value)]];
        }),
      );
    await expectSoon(
      () => ofEach('ciris_agent_up'),
      wanted((agent) => answering(agent) && agent.conduct !== 'hangs'),
    );
    await expectSoon(
      () => ofEach('ciris_agent_authorized'),
      wanted(({ conduct }) =>
        conduct === 'answers' ? true : conduct === 'refuses_tokens' ? false : undefined,
      ),
    );
    await expectSoon(
      () => ofEach('ciris_agent_expected'),
      wanted(({ conduct }) => conduct !== 'stopped'),
    );
    await expectSoon(
      () => ofEach('ciris_agent_observed'),
      wanted(({ serverId, conduct }) => (serverId === 'main' ? conduct !== 'stopped' : undefined)),
    );
    const adoption = async () => {
      const found = await scene.prometheus.query('ciris_version_agents > 0');
      return found
        .map(({ labels, value }) => `${labels.ciris_canary_group} ${labels.ciris_version_adoption} ${value}`)
        .toSorted();
    };
    await expectSoon(adoption, [
      'early_adopter latest 1',
      'explorer latest 1',
      'general latest 2',
      'unassigned latest 1',
      'unassigned older 4',
    ]);
  });

  it('falls only where a process ended', async () => {
    let seen = 0;
    for (const agent of demoAgents.filter(({ conduct }) => conduct === 'answers')) {
      const series = `ciris_agent_llm_requests_total{${truth.selectorOf(agent)}}`;
      const restarts = await restartsSeen(agent, series);
      const [resets] = await scene.prometheus.query(`resets(${series}[10m])`);
      expect(resets?.value, agentKey(agent)).toBe(restarts);
      seen += restarts;
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('has grown as much in the history of the API, which knows when a process started', async () => {
    const ember = emberOf(demoAgents);
    const asked = { entity: 'agent_usage', metric: 'llmRequests', 'ciris.agent.id': ember.agentId };
    const both = async () => {
      const { series, aggregation } = await scene.served.history({ ...asked, from: '-10m', step: '10s' });
      const increase = series[0]?.points.reduce((sum, { value }) => sum + Number(value ?? 0), 0);
      const [now] = await scene.prometheus.query(
        `ciris_agent_llm_requests_total{${truth.selectorOf(ember)}}`,
      );
      return { aggregation, increase, isAsMuch: increase === now?.value };
    };
    // What is stored and what was scraped last may be of two snapshots.
    await expectSoon(both, {
      aggregation: 'increase',
      increase: expect.any(Number),
      isAsMuch: true,
    });
  });

  it('ends with the snapshot after an agent left the registry, and keeps its past', async () => {
    const ember = emberOf(demoAgents);
    const selector = `{${truth.selectorOf(ember)}}`;
    await eventually('it has series', async () => {
      return (await scene.prometheus.query(selector)).length > 50 || undefined;
    });
    await scene.fleet.forget(ember);
    const forgottenAt = Date.now();
    await eventually('a snapshot that was begun later', async () => {
      const { snapshot } = await scene.served.status();
      return Date.parse(snapshot.time) > forgottenAt || undefined;
    });
    const samples = await scene.served.samples();
    expect(samples.filter(({ labels }) => labels.ciris_agent_id === ember.agentId)).toEqual([]);
    // Without an end of their own Prometheus would show them for five minutes.
    await eventually('its series are stale', async () => {
      return (await scene.prometheus.query(selector)).length === 0 || undefined;
    });
    const past = await scene.prometheus.query(`count_over_time(ciris_agent_up${selector}[10m])`);
    expect(past[0]?.value).toBeGreaterThan(enoughScrapes);
  });
});

/** Waits until it is so: now and then a snapshot or a scrape misses what takes its time. Tells how it differed in the end. */
async function expectSoon(look: () => Promise<unknown>, wanted: unknown): Promise<void> {
  await expect.poll(look, { timeout: 180_000, interval: 200 }).toEqual(wanted);
}

/** How often an agent began anew after the process that the first scraped figure is of: on a slow machine, that may be the new one. */
async function restartsSeen(agent: AgentScript, series: string): Promise<number> {
  const [first] = await scrapes.figures(series);
  if (first === undefined) throw new Error(`Prometheus has no ${series}`);
  const ofFirst = truth.truthsIn(spanOfUsage(first.begun), (seconds) => {
    const figures = figuresAt(agent, seconds);
    return figures?.llm.requests === first.value ? figures.run : undefined;
  });
  const [run, ...others] = [...ofFirst].filter((found) => found !== undefined);
  if (run === undefined || others.length > 0) throw new Error(`${series} begins with ${first.value}`);
  return agent.runs.slice(run + 1).filter(({ from }) => from < lastSecond - 10).length;
}

/** The agent that is restarted, and of which no container runs here. */
function emberOf(agents: readonly AgentScript[]): AgentScript {
  const ember = agents.find(({ name }) => name === 'Ember');
  if (ember === undefined) throw new Error('Ember is not in the demo');
  return ember;
}

const dollarsOf = (cents: number | undefined) => (cents === undefined ? undefined : cents / 100);
