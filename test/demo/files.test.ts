import { createDecipheriv, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { tokenOf } from '../../src/demo/agent-key.ts';
import { demoAgents, demoDeployments } from '../../src/demo/cast.ts';
import { demoEncryptionKey } from '../../src/demo/fernet.ts';
import { fleetOf } from './support.ts';

const transition = z.strictObject({
  from_version: z.string().nullable(),
  to_version: z.string(),
  timestamp: z.string(),
  initial_state: z.string(),
  reached_work: z.boolean(),
  work_state_at: z.string().optional(),
});

/** The keys that the manager was recorded to write. */
const entry = z.strictObject({
  name: z.string(),
  port: z.number(),
  template: z.string(),
  compose_file: z.string(),
  created_at: z.string(),
  metadata: z.strictObject({
    custom_environment: z.record(z.string(), z.string()),
    deployment: z.string(),
    canary_group: z.enum(['explorer', 'early_adopter', 'general']).optional(),
    current_images: z.strictObject({ agent: z.string(), agent_tag: z.string() }).optional(),
    previous_images: z.partialRecord(z.enum(['n-1', 'n-2']), z.string()).optional(),
    last_updated: z.string().optional(),
    version_history: z
      .array(
        z.strictObject({
          timestamp: z.string(),
          agent_image: z.string(),
          deployment_id: z.string().nullable(),
        }),
      )
      .max(10)
      .optional(),
  }),
  oauth_status: z.null(),
  service_token: z.string(),
  admin_password: z.string(),
  current_version: z.string().nullable(),
  last_work_state_at: z.string().nullable(),
  version_transitions: z.array(transition),
  do_not_autostart: z.boolean(),
  server_id: z.string(),
  adapter_configs: z.strictObject({}),
  llm_config: z.null(),
  oauth_allowed_domains: z.array(z.string()),
  occurrence_id: z.string().optional(),
  agent_id: z.string().optional(),
});

const registry = z.strictObject({
  version: z.literal('1.0'),
  updated_at: z.string(),
  agents: z.record(z.string(), entry),
});

const progress = z.enum(['waiting_for_shutdown', 'restarting']);
const record = z.strictObject({
  deployment_id: z.uuid(),
  notification: z.strictObject({
    agent_image: z.string(),
    gui_image: z.null(),
    nginx_image: z.null(),
    message: z.string(),
    strategy: z.string(),
    metadata: z.strictObject({}),
    source: z.string(),
    commit_sha: z.null(),
    version: z.string(),
    changelog: z.null(),
    risk_level: z.string(),
  }),
  agents_total: z.number(),
  agents_updated: z.number(),
  agents_deferred: z.number(),
  agents_failed: z.number(),
  canary_phase: z.string().nullable(),
  started_at: z.string().nullable(),
  staged_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  status: z.string(),
  message: z.string(),
  events: z.array(
    z.strictObject({
      timestamp: z.string(),
      type: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  strategy: z.literal('canary'),
  updated_at: z.null(),
  agents_pending_restart: z.array(z.string()),
  agents_in_progress: z.record(z.string(), progress),
  canary_assignments: z.record(z.string(), z.array(z.string())).nullable(),
});

const deploymentState = z.strictObject({
  deployments: z.record(z.string(), record),
  pending_deployments: z.record(z.string(), record),
  current_deployment: z.string().nullable(),
  saved_at: z.string(),
});

const demoFleet = () => fleetOf({ agents: demoAgents, deployments: demoDeployments });

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

/** As the manager would, by the definition of Fernet. */
function decrypt(text: string): string {
  const key = Buffer.from(demoEncryptionKey, 'base64url');
  const bytes = Buffer.from(text, 'base64url');
  const [sealed, tag] = [bytes.subarray(0, -32), bytes.subarray(-32)];
  expect(createHmac('sha256', key.subarray(0, 16)).update(sealed).digest()).toEqual(tag);
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), sealed.subarray(9, 25));
  return Buffer.concat([decipher.update(sealed.subarray(25)), decipher.final()]).toString();
}

describe('the registry', () => {
  it('lists every agent by its key, on its server, with its port', async () => {
    await using fleet = await demoFleet();
    const { agents } = registry.parse(await readJson(fleet.paths.registry));
    expect(Object.keys(agents)).toEqual([
      'aurora-k4m2p7-main',
      'basil-r8t3w6-main',
      'cedar-001-main',
      'cedar-002-scout1',
      'dune-h5j9n2-main',
      'ember-v7x4z8-scout1',
      'fjord-b6d3f9-main',
      'grove-m2q8s5-main',
      'harbor-c9g4k7-main',
      'iris-p3t7y6-main',
    ]);
    expect(Object.values(agents).map(({ port }) => port)).toEqual(fleet.agents.map(({ port }) => port));
    expect(agents['cedar-002-scout1']).toMatchObject({ agent_id: 'cedar', occurrence_id: '002' });
    expect(agents['harbor-c9g4k7-main']).toMatchObject({ do_not_autostart: true, current_version: null });
  });

  it('holds each token encrypted with the key of the demo', async () => {
    await using fleet = await demoFleet();
    const { agents } = registry.parse(await readJson(fleet.paths.registry));
    const tokens = Object.values(agents).map(({ service_token }) => service_token);
    expect(tokens.every((text) => text.startsWith('gAAAAA') && text.length === 140)).toBe(true);
    expect(tokens.map(decrypt)).toEqual(demoAgents.map(tokenOf));
  });

  it('notes an upgrade when the manager looks, not when it happens', async () => {
    await using fleet = await demoFleet();
    const aurora = async () => {
      const { agents } = registry.parse(await readJson(fleet.paths.registry));
      return agents['aurora-k4m2p7-main'];
    };
    expect(await aurora()).toMatchObject({
      current_version: '2.8.13-stable',
      last_work_state_at: '2026-03-01T12:00:00.000000+00:00',
      version_transitions: [{ from_version: null, to_version: '2.8.13-stable', reached_work: true }],
    });
    await fleet.jumpTo(8);
    expect((await aurora())?.metadata.current_images?.agent_tag).toMatch(/:2\.9\.33-stable$/);
    expect((await aurora())?.current_version).toBe('2.8.13-stable');
    await fleet.jumpTo(20);
    expect(await aurora()).toMatchObject({
      current_version: '2.9.33-stable',
      version_transitions: [
        {},
        {
          from_version: '2.8.13-stable',
          to_version: '2.9.33-stable',
          timestamp: '2026-03-01T12:00:20.000000+00:00',
          initial_state: 'WORK',
          reached_work: true,
        },
      ],
    });
  });

  it('is replaced whole, and only when it has something new to say', async () => {
    await using fleet = await demoFleet();
    const written = async () => registry.parse(await readJson(fleet.paths.registry)).updated_at;
    const first = await written();
    await fleet.jumpTo(3);
    expect(await written()).toBe(first);
    await fleet.jumpTo(10);
    expect(await written()).toBe('2026-03-01T12:00:10.000000+00:00');
    expect(await readdir(dirname(fleet.paths.registry))).toEqual(['metadata.json']);
  });
});

describe('the deployment state', () => {
  const id = '5f0c8a52-5a0e-4c1b-9d3f-0d6e1a2b3c01';

  it('goes through the phases of the rollout', async () => {
    await using fleet = await demoFleet();
    const at = async (seconds: number) => {
      await fleet.jumpTo(seconds);
      const state = deploymentState.parse(await readJson(fleet.paths.deploymentState));
      const found = state.deployments[id] ?? state.pending_deployments[id];
      return [
        found?.status,
        found?.canary_phase,
        found?.agents_updated,
        found?.agents_in_progress,
        state.current_deployment,
      ];
    };
    expect(await at(0)).toEqual(['pending', null, 0, {}, null]);
    expect(await at(6)).toEqual([
      'in_progress',
      'explorers',
      0,
      { 'aurora-k4m2p7': 'waiting_for_shutdown' },
      id,
    ]);
    expect(await at(8)).toEqual(['in_progress', 'explorers', 1, { 'aurora-k4m2p7': 'restarting' }, id]);
    expect(await at(12)).toEqual(['in_progress', 'explorers', 1, {}, id]);
    expect(await at(22)).toMatchObject(['in_progress', 'early_adopters', 1, {}, id]);
    expect(await at(38)).toEqual(['in_progress', 'general', 2, { cedar: 'waiting_for_shutdown' }, id]);
    expect(await at(54)).toEqual(['completed', 'general', 4, {}, null]);
  });

  it('keeps what was, and stages what comes', async () => {
    await using fleet = await demoFleet();
    await fleet.jumpTo(90);
    const state = deploymentState.parse(await readJson(fleet.paths.deploymentState));
    expect(
      Object.values(state.deployments).map(({ status, completed_at }) => [status, completed_at !== null]),
    ).toEqual([
      ['rejected', true],
      ['failed', false],
      ['completed', true],
    ]);
    expect(Object.values(state.pending_deployments).map(({ notification }) => notification.version)).toEqual([
      '2.9.34-stable',
    ]);
    expect(state.deployments[id]?.events.map(({ type, details }) => [type, details.phase])).toEqual([
      ['staged', undefined],
      ['agent_stable', 'explorer'],
      ['phase_complete', 'explorers'],
      ['agent_stable', 'early adopter'],
      ['phase_complete', 'early_adopters'],
      ['agent_stable', 'general'],
    ]);
  });
});

describe('the audit log', () => {
  const line = z.looseObject({ timestamp: z.string(), action: z.string() });
  const actionsIn = async (path: string) =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((text) => line.parse(JSON.parse(text)).action.replace(/_[0-9a-f-]{36}$/, '_<id>'));

  it('only ever grows', async () => {
    await using fleet = await demoFleet();
    const before = await readFile(fleet.paths.auditLog, 'utf8');
    const past = [
      'reject',
      'deployment_started',
      'canary_phase_started',
      'deployment_<id>',
      'shutdown_requested',
      'shutdown_notified',
      'rollback_proposed',
      'canary_phase_failed',
    ];
    expect(await actionsIn(fleet.paths.auditLog)).toEqual(past);
    await fleet.jumpTo(6);
    await fleet.jumpTo(54);
    expect((await readFile(fleet.paths.auditLog, 'utf8')).startsWith(before)).toBe(true);
    const actions = await actionsIn(fleet.paths.auditLog);
    expect(actions.filter((action) => action === 'canary_phase_started')).toHaveLength(4);
    expect(actions.at(-1)).toBe('deployment_completed');
  });
});

it('names the servers of the fleet in the settings of its manager', async () => {
  await using fleet = await demoFleet();
  const server = z.object({ server_id: z.string(), is_local: z.boolean() });
  const { servers } = z
    .object({ servers: z.array(server) })
    .parse(parse(await readFile(fleet.paths.managerConfig, 'utf8')));
  expect(servers).toEqual([
    { server_id: 'main', is_local: true },
    { server_id: 'scout1', is_local: false },
  ]);
});
