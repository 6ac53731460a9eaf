import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Api, createApi } from '../../../src/api/api.ts';
import type { ApiDeps } from '../../../src/api/deps.ts';
import { problemSchema } from '../../../src/api/problem.ts';
import { catalog } from '../../../src/catalog/catalog.ts';
import { FakeClock, FakeHistory, FakeSnapshots, RecordingLogger, snapshot } from './fakes.ts';

/** An API over fakes, closed when the test ends; `change` replaces parts of it. */
export function testApi(change: Partial<ApiDeps> = {}) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const history = new FakeHistory();
  const snapshots = new FakeSnapshots(snapshot());
  const deps: ApiDeps = {
    catalog,
    snapshots,
    history,
    renderMetrics: async () => ({ status: 200, headers: {}, body: 'up 1\n' }),
    readiness: () => [],
    clock,
    logger,
    intervalSeconds: 10,
    version: '1.2.3',
    ...change,
  };
  const api: Api = createApi(deps);
  onTestFinished(() => api.close());
  return { api, app: api.app, clock, logger, history, snapshots };
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  json(): unknown;
}

const jsonType = /^application\/json/;

/** The body of a 2xx answer, checked against nothing left out and nothing added. */
export function bodyOf<S extends z.ZodType>(answer: Answer, schema: S): z.output<S> {
  if (!jsonType.test(String(answer.headers['content-type']))) {
    throw new Error(`${answer.statusCode} is not JSON: ${JSON.stringify(answer.json())}`);
  }
  return schema.parse(answer.json());
}

/** The body of an error answer, which must be a whole and strict problem document. */
export function problemOf(answer: Answer) {
  const problem = z.strictObject(problemSchema.shape).parse(answer.json());
  if (answer.headers['content-type'] !== 'application/problem+json')
    throw new Error('not a problem document');
  if (problem.status !== answer.statusCode) throw new Error('the problem names another status');
  return problem;
}
