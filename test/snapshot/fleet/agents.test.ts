import { describe, expect, it } from 'vitest';
import { fleet } from '../../../src/catalog/fleet.ts';
import type { Row } from '../../../src/metric/row.ts';
import { fleetRow } from '../../../src/snapshot/fleet-row.ts';
import { emptyRow, rowOfAgent, rowOfContainer, rowOfServer, rowOfTarget } from '../agent-rows.ts';

const valuesOf = (...rows: Row[]) => fleetRow(rows, 'here', 0).values;
const answers = (agent: string, health: string, cognitiveState?: string): Row =>
  rowOfAgent('agent', agent, {
    values: { up: 1 },
    states: cognitiveState === undefined ? { health } : { health, cognitiveState },
  });
const silent = (agent: string) => rowOfAgent('agent', agent, { values: { up: 0 } });
const usage = (agent: string, values: Row['values']) => rowOfAgent('agent_usage', agent, { values });
const report = (agent: string, values: Row['values']) => rowOfAgent('agent_report', agent, { values });
const registry = (values: Row['values']) =>
  emptyRow('source', { 'ciris.source': 'registry' }, { values: { up: 0, ...values } });

/** The values that count agents by one attribute, without those that are 0. */
function counted(values: Row['values'], name: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fleet.metrics).flatMap(([key, metric]) =>
      metric.name === name && values[key] !== undefined && values[key] !== 0
        ? [[Object.values(metric.with ?? {}).join(), values[key]]]
        : [],
    ),
  );
}

describe('agents of the fleet', () => {
  const rows = [
    rowOfServer('main'),
    rowOfServer('scout', 0),
    rowOfTarget('a@main'),
    rowOfTarget('b@main'),
    rowOfTarget('c@scout'),
    rowOfTarget('d@scout'),
    rowOfTarget('stopped@main', 0),
    rowOfContainer('ciris-a', 'a@main'),
    rowOfContainer('ciris-x', 'x@main'),
    answers('a@main', 'healthy', 'work'),
    silent('b@main'),
    answers('c@scout', 'degraded', 'wakeup'),
    silent('stopped@main'),
  ];

  it('are those that are expected, those that run, those that answer, and those that are missing', () => {
    expect(valuesOf(...rows)).toMatchObject({
      agentsExpected: 4,
      agentsObserved: 2,
      agentsAnswering: 2,
      agentsMissing: 1,
    });
  });

  it('are counted once each by health: one stopped on purpose is not down, one that nobody could ask is unknown', () => {
    const values = valuesOf(...rows);
    expect(counted(values, 'ciris.fleet.agents')).toEqual({ healthy: 1, degraded: 1, down: 1, unknown: 2 });
    expect(values).toMatchObject({ agentsCritical: 0, agentsInitializing: 0 });
  });

  it('are counted by the cognitive state that they told', () => {
    const values = valuesOf(...rows);
    expect(counted(values, 'ciris.fleet.agents.cognitive_state')).toEqual({ work: 1, wakeup: 1 });
    expect(values).toMatchObject({
      cognitiveStatePlay: 0,
      includedCognitiveState: 2,
      missingCognitiveState: 3,
    });
  });

  it('that told no health although they answer are unknown', () => {
    const up = rowOfAgent('agent', 'a@main', { values: { up: 1 } });
    expect(counted(valuesOf(rowOfTarget('a@main'), up), 'ciris.fleet.agents')).toEqual({ unknown: 1 });
  });

  it('are down where no container of them runs, though nobody could ask them', () => {
    const values = valuesOf(rowOfServer('main'), rowOfTarget('a@main'));
    expect(values).toMatchObject({ agentsMissing: 1, agentsObserved: 0, agentsDown: 1 });
    expect(values).not.toHaveProperty('agentsAnswering');
  });

  it('are no less than known where containers cannot be read', () => {
    const values = valuesOf(rowOfServer('main', 0), rowOfTarget('a@main'), answers('a@main', 'healthy'));
    expect(values).toMatchObject({ agentsExpected: 1, agentsAnswering: 1, agentsMissing: 0 });
    expect(values).not.toHaveProperty('agentsObserved');
  });

  it('are neither answering nor missing where it was not found out', () => {
    const values = valuesOf(rowOfTarget('a@main'), rowOfAgent('agent', 'a@main'));
    expect(values).toMatchObject({ agentsExpected: 1, agentsUnknown: 1 });
    expect(values).not.toHaveProperty('agentsAnswering');
    expect(values).not.toHaveProperty('agentsMissing');
  });

  it('are not missing while nobody can tell', () => {
    const values = valuesOf(rowOfServer('main', 0), rowOfTarget('a@main'));
    expect(values).toMatchObject({ agentsExpected: 1, agentsUnknown: 1 });
    expect(values).not.toHaveProperty('agentsMissing');
    expect(values).not.toHaveProperty('agentsAnswering');
    expect(values).not.toHaveProperty('cognitiveStateWork');
  });
});

describe('no agents', () => {
  const figures = ['agentsExpected', 'agentsMissing', 'agentsHealthy', 'llmCost', 'includedLlmCost'];

  it.each([
    ['no source', []],
    ['a registry that could never be read', [registry({})]],
    ['a host that does not answer', [rowOfServer('main', 0)]],
  ])('are not zero agents: %s says so', (_, rows) => {
    for (const figure of figures) expect(valuesOf(...rows)).not.toHaveProperty(figure);
  });

  it('are zero agents where the registry says so, and they cost nothing', () => {
    expect(valuesOf(registry({ readAge: 3 }))).toMatchObject({
      agentsExpected: 0,
      agentsAnswering: 0,
      agentsMissing: 0,
      agentsHealthy: 0,
      agentsDown: 0,
      llmCost: 0,
      includedLlmCost: 0,
      missingLlmCost: 0,
    });
  });

  it('are not all that there are, where one of two sources could never be read', () => {
    const values = valuesOf(registry({}), rowOfTarget('a@main'), answers('a@main', 'healthy'));
    expect(values).toMatchObject({ agentsAnswering: 1, agentsHealthy: 1, missingLlmCost: 2 });
    expect(values).not.toHaveProperty('agentsExpected');
  });

  it('run where an engine lists none, whatever is expected', () => {
    const values = valuesOf(rowOfServer('main'));
    expect(values).toMatchObject({ agentsObserved: 0, agentsHealthy: 0 });
    expect(values).not.toHaveProperty('agentsExpected');
    expect(values).not.toHaveProperty('agentsMissing');
  });
});

describe('what agents counted', () => {
  it('is added up, with how many of those expected it rests on', () => {
    const values = valuesOf(
      rowOfTarget('a@main'),
      rowOfTarget('b@main'),
      rowOfTarget('c@main'),
      rowOfTarget('stopped@main', 0),
      answers('a@main', 'healthy'),
      answers('b@main', 'healthy'),
      silent('c@main'),
      usage('a@main', {
        llmCost: 0.25,
        llmRequests: 3,
        llmTokensInput: 100,
        llmTokensOutput: 10,
        messages: 2,
      }),
      usage('b@main', { llmCost: 0.5, llmRequests: 4, llmErrors: 1 }),
    );
    expect(values).toMatchObject({
      llmCost: 0.75,
      includedLlmCost: 2,
      missingLlmCost: 1,
      llmRequests: 7,
      llmTokensInput: 100,
      llmTokensOutput: 10,
      includedLlmTokensInput: 1,
      missingLlmTokensInput: 2,
      llmErrors: 1,
      messages: 2,
    });
  });

  it('is unknown where none of them told it', () => {
    const values = valuesOf(rowOfTarget('a@main'), answers('a@main', 'healthy'));
    expect(values).not.toHaveProperty('llmCost');
    expect(values).toMatchObject({ includedLlmCost: 0, missingLlmCost: 1 });
  });
});

describe('what agents report of their last day', () => {
  it('is not added up over occurrences of one agent, which share what they store', () => {
    const values = valuesOf(
      ...['a@main', 'a/002@main', 'a@scout', 'b@main', 'c@main'].map((agent) => rowOfTarget(agent)),
      report('a@main', { costDay: 0.5, carbonDay: 90 }),
      report('a/002@main', { costDay: 0.5, carbonDay: 90 }),
      report('a@scout', { costDay: 0.375 }),
      report('b@main', { costDay: 0.25, carbonDay: 10, energyDay: 7000 }),
    );
    expect(values).toMatchObject({
      reportedCost: 0.75,
      includedReportedCost: 2,
      missingReportedCost: 1,
      reportedCarbon: 100,
      reportedEnergy: 7000,
      includedReportedEnergy: 1,
      missingReportedEnergy: 2,
    });
  });
});
