import { readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historySchema, statusSchema } from '../../src/api/schemas.ts';
import { demoAgents } from '../../src/demo/cast.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { type Demo, startDemo } from './support/demo.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { eventually } from './support/eventually.ts';
import { isSample, parseExposition } from './support/exposition.ts';
import { makeFolder, removeFolder, untilUnused } from './support/folder.ts';

// A machine with nothing else to do takes some seconds for the first, and one or two for the second.
const livesWithinMs = 60_000;
const endsWithinMs = 15_000;

async function statusOf({ url }: Demo) {
  const response = await fetch(`${url}/telemetry/status`);
  return statusSchema.parse(await response.json());
}

async function samplesOf({ url }: Demo) {
  return parseExposition(await (await fetch(`${url}/metrics`)).text());
}

/** How many agents are shown to work, by both ways; undefined before both have figures of them. */
async function working(demo: Demo): Promise<number | undefined> {
  const samples = await samplesOf(demo);
  const states = { ciris_agent_cognitive_state: 'work' };
  const shown = samples.filter((sample) => isSample(sample, 'ciris_agent_cognitive_state', states));
  const { entities } = await statusOf(demo);
  const told = entities.agent?.rows.filter(({ states }) => states.cognitiveState === 'work') ?? [];
  const inMetrics = shown.filter(({ value }) => value === 1).length;
  return inMetrics > 0 && told.length > 0 && entities.agent_usage !== undefined ? inMetrics : undefined;
}

async function untilItLives(demo: Demo): Promise<void> {
  await eventually('the demo lives', () => working(demo), livesWithinMs).catch((cause: unknown) => {
    throw new Error(`the demo says:\n${demo.output()}`, { cause });
  });
  expect(performance.now() - demo.startedAt).toBeLessThan(livesWithinMs);
}

/** Ctrl+C, and how long the end took. */
async function interrupt(demo: Demo): Promise<number> {
  const begun = performance.now();
  await demo.interrupt();
  return performance.now() - begun;
}

async function expectNothingLeft(demo: Demo): Promise<void> {
  await untilUnused(demo.temporary);
  expect(await readdir(demo.temporary)).toEqual([]);
  expect(demo.output()).not.toMatch(/ error |stands still/);
  expect(demo.output()).toMatch(/ stopped\n/);
}

describe('npm run demo', () => {
  const releasers = new Releasers();
  let engine: Engine;
  let folder: string;

  beforeAll(async () => {
    folder = await makeFolder('demo');
    releasers.add('folder', () => removeFolder(folder));
    engine = await startEngine('docker-newest');
    releasers.add('engine', () => engine.stop());
    await symlink('s', join(dirname(engine.socketPath), 'docker.sock'));
  });
  afterAll(() => releasers.close());

  it('shows a living fleet without Docker, changes while one watches, and leaves nothing behind', async () => {
    const varRun = await makeFolder('no-engine');
    releasers.add('empty folder', () => removeFolder(varRun));
    await using demo = await startDemo({ varRun, folder: join(folder, 'without') });
    await untilItLives(demo);
    // One that never answers is known only when the time for its answer is up.
    const { entities, findings } = await eventually('all agents are told of', async () => {
      const status = await statusOf(demo);
      return status.entities.agent?.rows.length === demoAgents.length ? status : undefined;
    });
    expect(entities.server?.rows.map(({ values }) => values.up)).toEqual([0]);
    expect(entities.agent_presence).toBeUndefined();
    expect(findings.map(({ kind }) => kind)).not.toContain('agent_absent');
    expect(demo.output()).toContain('No containers are started');

    const rollout = { ciris_deployment_status: 'in_progress' };
    await eventually('a rollout is under way, and an agent is on its way to the new version', async () => {
      const samples = await samplesOf(demo);
      const begun = samples.filter((sample) => isSample(sample, 'ciris_deployment_status', rollout));
      return begun.some(({ value }) => value === 1) || undefined;
    });
    await eventually('the embedded database tells of the past', async () => {
      const asked = { entity: 'agent', metric: 'reachable', from: '-10m', step: '1s' };
      const answer = await fetch(`${demo.url}/telemetry/history?${new URLSearchParams(asked)}`);
      const { series } = historySchema.parse(await answer.json());
      return series.length === demoAgents.length || undefined;
    });

    expect(await interrupt(demo)).toBeLessThan(endsWithinMs);
    await expectNothingLeft(demo);
  });

  it('starts containers where an engine has a tiny image, sees them, and removes them', async () => {
    const varRun = dirname(engine.socketPath);
    await using demo = await startDemo({ varRun, folder: join(folder, 'with') });
    await untilItLives(demo);
    const here = demoAgents.filter(({ serverId, conduct }) => serverId === 'main' && conduct !== 'stopped');
    const names = here.map(({ agentId }) => `ciris-${agentId}`).toSorted();
    expect((await engine.command(['ps', '--format={{.Names}}'])).split('\n').toSorted()).toEqual(names);
    const { entities } = await eventually('the engine was read', async () => {
      const status = await statusOf(demo);
      const { container, agent_presence } = status.entities;
      return container === undefined || agent_presence === undefined ? undefined : status;
    });
    const seen = entities.container?.rows.map(({ info }) => info['container.name'] ?? '') ?? [];
    expect(seen.toSorted()).toEqual(names);
    const observed = entities.agent_presence?.rows.filter(({ values }) => values.observed === 1) ?? [];
    expect(observed.map(({ identity }) => identity['ciris.agent.id']).toSorted()).toEqual(
      here.map(({ agentId }) => agentId).toSorted(),
    );

    // The engine has containers to end, which takes it as long as it takes.
    await interrupt(demo);
    await expectNothingLeft(demo);
    expect(await engine.command(['ps', '--all', '--quiet'])).toBe('');
  });
});
