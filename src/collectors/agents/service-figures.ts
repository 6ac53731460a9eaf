import { z } from 'zod';
import { count, FieldReader, type Fields, finite, objectOf } from './field-reader.ts';
import type { ServiceFigures } from './sample.ts';

export interface Services {
  readonly services: readonly ServiceFigures[];
  /** For how long the oldest of them has been up: as long as the process, but for a moment. */
  readonly oldestSeconds: number;
  /** Names beyond the number that may be shown. */
  readonly left: number;
  readonly problem: string | undefined;
}

/** Names end with up to two ids of Python objects, which change with each process: `ServiceType.TOOL_x_139715979904464_766128`. */
export function serviceName(key: string): string {
  return key.replace(/^ServiceType\./, '').replace(/(_\d{5,})+$/, '');
}

const longestKey = 200;
const shownName = /^[A-Za-z0-9_.:-]{1,64}$/;

/** Several services of one name become one: healthy when all are, with the sum of what all of them count. */
export function readServices(services: Fields, most: number): Services {
  const reader = new FieldReader();
  const merged = new Map<string, ServiceFigures>();
  for (const [key, value] of Object.entries(services)) {
    const name = key.length > longestKey ? '' : serviceName(key);
    if (!shownName.test(name)) {
      reader.lack('a service', 'has a name that is not shown');
      continue;
    }
    const figures = readService(name, value, reader);
    const known = merged.get(name);
    merged.set(name, known === undefined ? figures : merge(known, figures));
  }
  const all = [...merged.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const uptimes = Object.values(services).flatMap((each) => objectOf(each)?.uptime_seconds ?? []);
  return {
    services: all.slice(0, most),
    oldestSeconds: uptimes.reduce<number>(
      (oldest, each) => Math.max(oldest, finite.safeParse(each).data ?? 0),
      0,
    ),
    left: Math.max(0, all.length - most),
    problem: reader.problem,
  };
}

function readService(name: string, value: unknown, fields: FieldReader): ServiceFigures {
  const service = objectOf(value);
  if (service === undefined) fields.lack(name, 'is no object');
  const uptime = service && fields.required(service, 'uptime_seconds', finite);
  // A service without an uptime was not asked or did not answer: its zeros count nothing.
  const counting = uptime === undefined || uptime === 0 ? undefined : service;
  return {
    name,
    healthy: service && fields.required(service, 'healthy', z.boolean()),
    errors: counting && fields.required(counting, 'error_count', count),
    requests: fields.optional(counting, 'requests_handled', count),
  };
}

function merge(a: ServiceFigures, b: ServiceFigures): ServiceFigures {
  return {
    name: a.name,
    healthy: a.healthy === undefined || b.healthy === undefined ? undefined : a.healthy && b.healthy,
    errors: sum(a.errors, b.errors),
    requests: sum(a.requests, b.requests),
  };
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;
