import type { ApiServer } from './api-server.ts';
import { ProblemError } from './problem.ts';

export interface KnownRoute {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
}

/** Keeps the list of routes, and answers what no route answers: 405 with Allow where another method would do, or else 404. */
export function trackRoutes(app: ApiServer): readonly KnownRoute[] {
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    for (const each of [method].flat())
      routes.push({ method: each, path: url, summary: schema?.summary ?? '' });
  });
  // Before a body is read, so that its type does not decide the answer.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw refusal(routes, request.method, request.url.split('?', 1)[0] ?? '');
  });
  return routes;
}

function refusal(routes: readonly KnownRoute[], method: string, path: string): ProblemError {
  const allowed = routes.filter((route) => matches(route.path, path)).map((route) => route.method);
  if (allowed.length === 0) {
    return new ProblemError('not_found', `nothing is at ${path.slice(0, 200)}; GET / lists what there is`);
  }
  const allow = allowed.join(', ');
  return new ProblemError('method_not_allowed', `${path} does not take ${method}, only ${allow}`, {
    headers: { allow },
  });
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length && wanted.every((part, i) => part === given[i] || part.startsWith(':'))
  );
}
