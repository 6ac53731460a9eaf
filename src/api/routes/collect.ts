import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiServer } from '../api-server.ts';
import { Collections } from '../collections.ts';
import type { ApiDeps } from '../deps.ts';
import { preferredWait } from '../prefer.ts';
import { ProblemError, problemSchema } from '../problem.ts';
import { collectionSchema, statusSchema } from '../schemas.ts';
import { statusView } from '../views.ts';

const longestWaitSeconds = 30;

const noParameters = z.strictObject({});

export function collectRoutes(app: ApiServer, deps: ApiDeps): void {
  const collections = new Collections(deps);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());

  app.post(
    '/telemetry/collect',
    {
      schema: {
        summary: 'Takes a snapshot now, or joins the one under way; "Prefer: wait=10" waits for it.',
        querystring: noParameters,
        body: noParameters.nullish(),
        response: { 200: statusSchema, 202: collectionSchema, 429: problemSchema },
      },
    },
    async (request, reply) => {
      const collection = collections.request();
      const wait = Math.min(preferredWait(request.headers.prefer) ?? 0, longestWaitSeconds);
      if (wait > 0) {
        reply.header('preference-applied', `wait=${wait}`);
        const signal = AbortSignal.any([request.signal, closing.signal]);
        const snapshot = await within(collection.snapshot, wait * 1000, signal);
        if (snapshot !== undefined) return reply.code(200).send(statusView(snapshot, deps));
      }
      reply.header('location', `/telemetry/collections/${collection.id}`);
      return reply.code(202).send(found(collections, collection.id));
    },
  );

  app.get(
    '/telemetry/collections/:id',
    {
      schema: {
        summary: 'What became of a snapshot that was asked for.',
        params: z.object({ id: z.string() }),
        response: { 200: collectionSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const collection = found(collections, request.params.id);
      if (collection.state === 'running') reply.header('retry-after', '1');
      return collection;
    },
  );
}

function found(collections: Collections, id: string) {
  const view = collections.find(id);
  if (view !== undefined) return view;
  throw new ProblemError(
    'not_found',
    'no such collection, or it is long past: /telemetry/status has the latest snapshot',
  );
}

/** The value of the promise, or undefined when it takes longer or nobody waits any more. */
async function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<T | undefined> {
  const done = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).catch(
    () => undefined,
  );
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    done.abort();
  }
}
