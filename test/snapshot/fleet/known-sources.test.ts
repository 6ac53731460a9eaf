import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Collector } from '../../../src/collectors/collector.ts';
import { createDeploymentsCollector } from '../../../src/collectors/deployments/index.ts';
import { createTargets } from '../../../src/collectors/targets/index.ts';
import type { Row } from '../../../src/metric/row.ts';
import { microsFromMs } from '../../../src/metric/time.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { fleetRow } from '../../../src/snapshot/fleet-row.ts';

const deps = { clock: systemClock, logger: silentLogger };
/** Nobody listens there. */
const managerUrl = 'http://127.0.0.1:9';

async function rowsOf(collector: Collector): Promise<readonly Row[]> {
  const time = microsFromMs(systemClock.now());
  const { rows } = await collector.collect({ time, budgetMs: 60_000, signal: new AbortController().signal });
  await collector.close();
  return rows;
}

const targetsOf = (host: Parameters<typeof createTargets>[1]['host'] = {}) =>
  createTargets({}, { ...deps, host, usualPlaces: { registry: [], managerConfig: [] } }).collector;

async function stateFile(content: string) {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const path = join(folder, 'deployment_state.json');
  await writeFile(path, content);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const valuesOf = async (collector: Collector) => fleetRow(await rowsOf(collector), 'here', 0).values;
const sourcesOf = async (collector: Collector) =>
  (await rowsOf(collector)).map(({ identity }) => identity['ciris.source']);

describe('sources by the names that collectors give them', () => {
  it('say that there are no agents: an empty registry, and a host that names none', async () => {
    const values = await valuesOf(targetsOf({ registry: async () => ({ agents: {} }) }));
    expect(values).toMatchObject({ agentsExpected: 0, agentsHealthy: 0 });
    expect(await valuesOf(targetsOf({ targets: async () => [] }))).toMatchObject({ agentsExpected: 0 });
  });

  it('say nothing of agents while they fail', async () => {
    const failing = { registry: () => Promise.reject(new Error('not now')) };
    expect(await sourcesOf(targetsOf(failing))).toEqual(['registry']);
    expect(await valuesOf(targetsOf(failing))).not.toHaveProperty('agentsExpected');
  });

  it('say that there are no deployments: a host that has none, and a state file without any', async () => {
    const none = { deploymentsActive: 0, deploymentsStaged: 0 };
    const host = createDeploymentsCollector({}, { ...deps, deployments: async () => [] });
    expect(await valuesOf(host)).toMatchObject(none);
    await using state = await stateFile('{"deployments":{},"pending_deployments":{}}');
    expect(await valuesOf(createDeploymentsCollector({ deploymentState: state.path }, deps))).toMatchObject(
      none,
    );
  });

  it('say nothing of deployments while they fail', async () => {
    await using state = await stateFile('{');
    const options = { managerUrl, managerToken: 'not-a-token', deploymentState: state.path };
    expect(await sourcesOf(createDeploymentsCollector(options, deps))).toEqual([
      'manager_api',
      'deployment_state',
    ]);
    expect(await valuesOf(createDeploymentsCollector(options, deps))).not.toHaveProperty('deploymentsActive');
  });
});
