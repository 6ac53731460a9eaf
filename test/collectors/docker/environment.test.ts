import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { afterEach, describe, expect, it } from 'vitest';
import { readAgentEnvironment } from '../../../src/collectors/docker/agent-environment.ts';
import { FakeEngine, type Reaction } from './fake-engine.ts';
import { collectNow, containersOf, fleet, startCollector } from './support.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** An engine of one container, of which it says this in detail. */
async function startEngine(details: Reaction): Promise<FakeEngine> {
  const answers = fleet({ size: 1 });
  const engine = await FakeEngine.start((request) =>
    /^\/containers\/[^/]+\/json$/.test(request.path) ? details : answers(request),
  );
  open.push({ close: () => engine.stop() });
  return engine;
}

const isIn = (heap: Buffer, word: Uint8Array): boolean => heap.indexOf(word) !== -1;

describe('of the environment of a container', () => {
  const secret = 'hunter2';
  const Env = [`CIRIS_SERVICE_TOKEN=${secret}`, 'CIRIS_AGENT_ID=alpha', `CIRIS_AGENT_ID_OLD=${secret}`];
  const document = { Config: { Env }, State: { Status: 'running' }, Name: '/agent-0' };
  const cutOff = JSON.stringify(document).slice(0, -30);

  it.each<[string, Reaction]>([
    ['an answer as it should be', { body: document }],
    ['an answer that is cut off', { body: cutOff }],
    ['an error with the document instead of a message', { status: 500, body: document }],
    ['an error with the document, cut off', { status: 500, body: cutOff }],
    ['a redirect with the document', { status: 302, headers: { Location: '/' }, body: document }],
    ['lines that are no list', { body: { Config: { Env: { CIRIS_SERVICE_TOKEN: secret } } } }],
    ['lines within lines', { body: { Config: { Env: [Env] } } }],
    ['a configuration that is the list', { body: { Config: Env } }],
  ])('no secret is in rows, problems, findings and logs: %s', async (_, details) => {
    const said: unknown[] = [];
    const note = (...words: unknown[]): void => void said.push(words);
    const engine = await startEngine(details);
    const logger = { error: note, warn: note, info: note, debug: note };
    const collector = startCollector({ dockerHost: engine.host }, logger);
    open.push(collector);
    const collected = [await collectNow(collector), await collectNow(collector)];
    expect(collected.map((each) => containersOf(each).length)).toEqual([1, 1]);
    expect(said).not.toEqual([]);
    expect(JSON.stringify([collected, said])).not.toContain(secret);
  });

  it('only what is on the list stays in memory', async () => {
    // Words that this test itself holds as bytes only, which are not part of the heap.
    const word = () => randomBytes(24).map((byte) => 97 + (byte % 26));
    const [token, agentId] = [word(), word()];
    const body = Buffer.concat([
      Buffer.from('{"Config":{"Env":["CIRIS_SERVICE_TOKEN='),
      token,
      Buffer.from('","CIRIS_AGENT_ID='),
      agentId,
      Buffer.from('"]},"State":{"Status":"running"}}'),
    ]);
    const engine = await startEngine({ body });
    const collector = startCollector({ dockerHost: engine.host });
    open.push(collector);
    await collectNow(collector);
    const folder = await mkdtemp(join(tmpdir(), 'heap-'));
    open.push({ close: () => rm(folder, { recursive: true }) });
    const heap = await readFile(writeHeapSnapshot(join(folder, 'snapshot')));
    expect({ agentId: isIn(heap, agentId), token: isIn(heap, token) }).toEqual({
      agentId: true,
      token: false,
    });
  });
});

describe('the environment', () => {
  it.each([
    [[], undefined],
    [['CIRIS_MOCK_LLM='], undefined],
    [['CIRIS_MOCK_LLM=true'], true],
    [['CIRIS_MOCK_LLM=1'], true],
    [['CIRIS_MOCK_LLM=Yes'], true],
    [['CIRIS_MOCK_LLM=false'], false],
    [['CIRIS_MOCK_LLM=0'], false],
    [['XCIRIS_MOCK_LLM=true', 'CIRIS_MOCK_LLM_2=true', 'CIRIS_MOCK_LLM'], undefined],
  ])('%j means a mock LLM: %s', (lines, mockLlm) => {
    expect(readAgentEnvironment(lines).mockLlm).toBe(mockLlm);
  });

  it('keeps values as they are, with equals signs in them', () => {
    const lines = ['CIRIS_AGENT_ID=a=b', 'AGENT_OCCURRENCE_ID=002', 'CIRIS_TEMPLATE=scout'];
    expect(readAgentEnvironment(lines)).toEqual({
      agentId: 'a=b',
      occurrenceId: '002',
      template: 'scout',
      mockLlm: undefined,
    });
  });
});
