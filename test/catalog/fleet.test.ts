import { describe, expect, it } from 'vitest';
import { fleet } from '../../src/catalog/fleet.ts';
import { summedFigures } from '../../src/catalog/fleet-sample.ts';
import { findPolicyBreaches } from '../../src/catalog/policy.ts';
import { presence } from '../../src/catalog/presence.ts';
import { agentHealths, cognitiveStates } from '../../src/collectors/agents/sample.ts';
import { containerStates } from '../../src/collectors/docker/sample.ts';
import { adoptions } from '../../src/collectors/versions/sample.ts';

const { metrics } = fleet;

/** The values of one attribute over all metrics of a name. */
const valuesOf = (name: string, attribute: string) =>
  Object.values(metrics).flatMap((metric) =>
    metric.name === name ? [metric.with?.[attribute] ?? 'none'] : [],
  );

describe('the fleet as a whole', () => {
  it('keeps the policy, and so does presence', () => {
    expect(findPolicyBreaches({ entities: [fleet, presence] })).toEqual([]);
  });

  it.each([
    ['ciris.fleet.containers', 'ciris.container.state', containerStates],
    ['ciris.fleet.agents', 'ciris.agent.health', [...agentHealths, 'down']],
    ['ciris.fleet.agents.cognitive_state', 'ciris.agent.cognitive_state', cognitiveStates],
    ['ciris.fleet.agents.version', 'ciris.version.adoption', adoptions],
  ])('counts %s by every state there is, so that they add up', (name, attribute, states) => {
    expect(valuesOf(name, attribute).sort()).toEqual([...states].sort());
  });

  it('says of every sum what it rests on', () => {
    expect([...new Set(valuesOf('ciris.fleet.sources', 'ciris.fleet.figure'))]).toEqual([...summedFigures]);
    expect(valuesOf('ciris.fleet.sources', 'ciris.fleet.source.state')).toEqual(
      summedFigures.flatMap(() => ['included', 'missing']),
    );
  });
});
