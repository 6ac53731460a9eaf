import { TelemetryError } from '../../runtime/errors.ts';

/** Everything of CIRISManager that may be asked, always by GET: these answers change nothing there. */
export const allowedPaths = [
  { path: '/manager/v1/updates/status', parameters: ['deployment_id'] },
  { path: '/manager/v1/updates/history', parameters: ['limit'] },
  { path: '/manager/v1/updates/pending/all', parameters: [] },
] as const;

export type AllowedPath = (typeof allowedPaths)[number]['path'];

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

export function isAllowed({ method, path, query }: ApiRequest): boolean {
  const rule = allowedPaths.find((allowed) => allowed.path === path);
  if (method !== 'GET' || rule === undefined) return false;
  const parameters: readonly string[] = rule.parameters;
  return Object.keys(query).every((name) => parameters.includes(name));
}

/**
 * The target of a request; throws for whatever is not on the list. Others, reads among them, make the manager write:
 * a first GET of `/manager/v1/agents/versions` can mark a rollout that runs as failed.
 */
export function targetOf(request: ApiRequest): string {
  if (!isAllowed(request)) {
    throw new TelemetryError(
      'internal',
      `${request.method} ${request.path} is not on the list of what CIRISManager may be asked, and was not sent`,
    );
  }
  const query = new URLSearchParams(request.query).toString();
  return query === '' ? request.path : `${request.path}?${query}`;
}
