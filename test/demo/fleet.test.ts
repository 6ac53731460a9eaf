import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { steadyAgents } from '../../src/demo/cast.ts';
import { startSimulatedFleet } from '../../src/demo/fleet.ts';
import { ask, fleetOf } from './support.ts';

/** Sockets that are open, after the end of this turn of the event loop, at which Node closes what was given up. */
async function handles(): Promise<number> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

describe('a fleet that is stopped', () => {
  it('leaves no open handle behind, whatever its agents are about to answer', async () => {
    const before = await handles();
    const [, ...others] = steadyAgents(20);
    const agents = [...others, ...steadyAgents(1).map((agent) => ({ ...agent, conduct: 'hangs' as const }))];
    const fleet = await fleetOf({ agents, answerMs: 60_000 });
    const waiting = fleet.agents.map(({ url }) => ask(`${url}/v1/system/health`).catch(() => 'cut off'));
    expect(await handles()).toBeGreaterThanOrEqual(before + 20);
    await fleet.stop();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['cut off']));
    await fleet[Symbol.asyncDispose]();
    expect(await handles()).toBe(before);
  });
});

it('is as large as one likes, each agent on a port of its own', async () => {
  await using fleet = await fleetOf({ agents: steadyAgents(200) });
  const ports = new Set(fleet.agents.map(({ port }) => port));
  expect(ports.size).toBe(200);
  const replies = await Promise.all(
    fleet.agents.slice(0, 6).map(({ url }) => ask(`${url}/v1/system/health`)),
  );
  expect(replies.map(({ body }) => body)).toMatchObject([
    { data: { version: '1.1.9' } },
    { data: { version: '1.9.4-stable' } },
    { data: { version: '2.0.0-stable' } },
    { data: { version: '2.7.6-stable' } },
    { data: { version: '2.8.13-stable' } },
    { data: { version: '2.9.33-stable' } },
  ]);
});

it('leaves nothing open when a file cannot be written', async () => {
  const before = await handles();
  const folder = await mkdtemp(join(tmpdir(), 'simulated-fleet-'));
  await mkdir(join(folder, 'agents', 'metadata.tmp'), { recursive: true });
  const clock = { now: () => 0 };
  await expect(startSimulatedFleet({ agents: steadyAgents(3), clock, folder })).rejects.toThrow('EISDIR');
  expect(await handles()).toBe(before);
  await rm(folder, { recursive: true });
});
