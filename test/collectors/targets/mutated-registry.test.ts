import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentIdentity } from '../../../src/collectors/agent-target.ts';
import { microsFromMs } from '../../../src/metric/time.ts';
import { noon, type Scene, setScene } from './scene.ts';
import { seal } from './seal.ts';

const secret = 'planted-secret';
const key = randomBytes(32);
const sealed = seal(key, `${secret}-token`);

/** All that is right of an agent, so that whatever is read can be compared with it. */
const truth = {
  agentId: 'a-b',
  occurrenceId: '002',
  serverId: 'scout1',
  url: 'http://10.0.0.2:18000',
  name: 'Vex',
  template: 'default',
  canaryGroup: 'explorer',
  deployment: 'PILOT',
  version: '2.9.33-stable',
} as const;

const other = { agent_id: 'owl', server_id: 'main', port: 18001, name: 'Owl', custom_environment: secret };

function registry(): Record<string, unknown> {
  return {
    version: '1.0',
    updated_at: '2026-11-25T11:00:00+00:00',
    secret,
    agents: {
      'a-b-002-scout1': {
        agent_id: truth.agentId,
        occurrence_id: truth.occurrenceId,
        server_id: truth.serverId,
        name: truth.name,
        template: truth.template,
        port: 18000,
        compose_file: `/x/${secret}`,
        admin_password: secret,
        service_token: sealed,
        current_version: truth.version,
        last_work_state_at: '2026-11-25T11:30:00+00:00',
        version_transitions: [
          {
            from_version: null,
            to_version: truth.version,
            timestamp: '2026-11-25T11:00:00+00:00',
            initial_state: 'WAKEUP',
            reached_work: true,
            work_state_at: '2026-11-25T11:00:20+00:00',
          },
        ],
        do_not_autostart: false,
        llm_config: { primary: { api_key: secret } },
        metadata: {
          custom_environment: { CIRIS_SERVICE_TOKEN: secret, CIRIS_ADMIN_PASSWORD: secret },
          deployment: truth.deployment,
          canary_group: truth.canaryGroup,
          current_images: { agent: `sha256:${'a1'.repeat(32)}`, agent_tag: 'ghcr.io/cirisai/ciris-agent:1' },
          previous_images: { 'n-1': `sha256:${'b2'.repeat(32)}` },
          version_history: [
            { timestamp: '2026-11-25T11:00:00+00:00', agent_image: 'ghcr.io/cirisai/ciris-agent:1' },
          ],
        },
      },
      'owl-main': other,
    },
  };
}

type Step = string | number;
const isObject = (value: unknown): value is Record<Step, unknown> =>
  typeof value === 'object' && value !== null;

/** The way to every value in a document. */
function pathsIn(value: unknown): readonly (readonly Step[])[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([step, below]) => [
    [step],
    ...pathsIn(below).map((path) => [step, ...path]),
  ]);
}

const gone = Symbol('gone');

function change(value: unknown, [step, ...rest]: readonly Step[], replacement: unknown): unknown {
  if (step === undefined || !isObject(value)) return value;
  const copy: Record<Step, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  if (rest.length > 0) Object.assign(copy, { [step]: change(value[step], rest, replacement) });
  else if (replacement === gone) Reflect.deleteProperty(copy, step);
  else Object.assign(copy, { [step]: replacement });
  return copy;
}

/** What is no value of any field that is shown, and full of what must not be. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(gone, null, true, [], {}, -1, 0.5, 1e300, 70_000, '', ' ', 'not available'),
  fc.constant({ CIRIS_SERVICE_TOKEN: secret, [secret]: secret }),
  fc.constant([secret, { secret }]),
  fc.constant(`${secret}\n${secret}`),
);

const paths = pathsIn(registry());
const mutations = fc.array(fc.tuple(fc.constantFrom(...paths), junk), { minLength: 1, maxLength: 4 });

const mutated = mutations.map((changes) => {
  const value = changes.reduce<unknown>((now, [path, by]) => change(now, path, by), registry());
  return JSON.stringify(value);
});

const whole = JSON.stringify(registry());
const cut = fc.nat({ max: whole.length - 1 }).map((length) => whole.slice(0, length));
const damaged = fc
  .tuple(fc.nat({ max: whole.length - 1 }), fc.constantFrom('', '"', '{', ']', ',', '\\', '\0'))
  .map(([at, by]) => whole.slice(0, at) + by + whole.slice(at + 1));

const times = [11 * 3600, 11.5 * 3600].map((seconds) => noon / 1000 - 12 * 3600 + seconds);

/** Each value as it should be, by the key of its metric. */
const rightValues: Readonly<Record<string, readonly unknown[]>> = {
  expected: [1, 0],
  transitionNoted: [times[0]],
  timeToWork: [20],
  workNoted: [times[1]],
  deployedAt: [times[0]],
};

const rightInfo = new Set<unknown>([
  'registry',
  truth.name,
  truth.template,
  truth.canaryGroup,
  truth.deployment,
  truth.version,
  'Owl',
  'ghcr.io/cirisai/ciris-agent:1',
  '1',
  `sha256:${'a1'.repeat(32)}`,
  `sha256:${'b2'.repeat(32)}`,
]);

/** What may stand where any text is right. */
const anyText = 'not available';

const rightUrls: ReadonlySet<unknown> = new Set([
  truth.url,
  'http://10.0.0.2:18001',
  'http://127.0.0.1:18000',
  'http://127.0.0.1:18001',
  undefined,
]);

const rightParts: Readonly<Record<keyof AgentIdentity, readonly string[]>> = {
  // Where the entry does not say, the key does, as far as server and occurrence are known.
  agentId: [truth.agentId, 'a-b-002', 'a-b-002-scout1', 'owl', anyText],
  occurrenceId: [truth.occurrenceId, 'default', anyText],
  serverId: [truth.serverId, 'main', anyText],
};

const servers = [
  { server_id: 'main', is_local: true },
  { server_id: 'scout1', vpc_ip: '10.0.0.2', docker_host: 'tcp://10.0.0.2:2376' },
];

const encryptionKey = key.toString('base64url').padEnd(44, '=');
const sceneOptions = { options: { encryptionKey, servers } };
const { signal } = new AbortController();

/** Reads the registry as it is then, and sees that nothing secret is shown. */
async function readNext(scene: Scene, text: string) {
  scene.clock.nowMs += 60_000;
  const time = microsFromMs(scene.clock.nowMs);
  await scene.write(text);
  const collected = await scene.source.collector.collect({ time, budgetMs: 60_000, signal });
  const { targets, findings } = await scene.source.read(time, signal);
  const tokens = await Promise.all(targets.map(({ token }) => token({ fresh: false, signal })));
  const refused = tokens.filter(({ outcome }) => outcome !== 'token');
  expect(JSON.stringify([collected, targets, findings, refused, scene.logged])).not.toContain(secret);
  for (const reading of tokens) {
    if (reading.outcome === 'token') expect(reading.token).toBe(`${secret}-token`);
  }
  return { collected, targets };
}

describe('a registry', () => {
  it('with any value changed or missing never throws, shows nothing secret, and says only what is right', async () => {
    await using scene = await setScene(sceneOptions);
    const property = fc.asyncProperty(mutated, async (text) => {
      const { collected, targets } = await readNext(scene, text);
      for (const { agentId, occurrenceId, serverId, url } of targets) {
        expect(rightUrls).toContain(url);
        expect(rightParts.agentId).toContain(agentId);
        expect(rightParts.occurrenceId).toContain(occurrenceId);
        expect(rightParts.serverId).toContain(serverId);
      }
      for (const { values, info } of collected.rows.filter(({ entity }) => entity !== 'source')) {
        for (const [name, value] of Object.entries(values)) expect(rightValues[name]).toContain(value);
        for (const [name, text] of Object.entries(info)) {
          if (name.startsWith('ciris.version.') || text !== anyText) expect(rightInfo).toContain(text);
        }
      }
    });
    await fc.assert(property, { numRuns: 400 });
  }, 180_000);

  it('that is cut off or damaged anywhere never throws, and shows nothing secret', async () => {
    await using scene = await setScene(sceneOptions);
    const property = fc.asyncProperty(fc.oneof(cut, damaged), async (text) => {
      await readNext(scene, text);
    });
    await fc.assert(property, { numRuns: 300 });
  }, 180_000);
});
