import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AgentVersion } from '../../src/demo/shapes/versions.ts';

/** `number|null` at the leaves; a list stands for any list. */
type Shape = string | readonly string[] | { readonly [key: string]: Shape };

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.union([z.string(), z.array(z.string()), z.record(z.string(), shape)]),
);

const recording = z.object({
  health: shape,
  status: shape,
  overview: shape,
  unified: z.looseObject({ services: z.record(z.string(), shape) }),
  service_names: z.array(z.string()),
  services_online: z.number(),
  services_total: z.number(),
});

/** No recording was kept of 2.8.13, whose answers have the keys of 2.7.6. */
const recorded: Readonly<Record<AgentVersion, string>> = {
  '1.1.9': '1.1.9',
  '1.9.4-stable': '1.9.4-stable',
  '2.0.0-stable': '2.0.0-stable',
  '2.7.6-stable': '2.7.6-stable',
  '2.8.13-stable': '2.7.6-stable',
  '2.9.33-stable': '2.9.33-stable',
};

/** What was recorded of a version: keys and types of its answers, and the names of its services without object ids. */
export function recordingOf(version: AgentVersion) {
  const url = new URL(`fixtures/${recorded[version]}.json`, import.meta.url);
  const read = recording.parse(JSON.parse(readFileSync(url, 'utf8')));
  const { services, ...unified } = read.unified;
  return {
    health: schemaOf(read.health),
    status: schemaOf(read.status),
    overview: schemaOf(read.overview),
    // Of the other services, what all of them have.
    unified: schemaOf(shape.parse(unified), {
      services: z.object(schemasOf(services)).catchall(anyService),
    }),
    serviceNames: read.service_names,
    servicesOnline: read.services_online,
    servicesTotal: read.services_total,
  };
}

const anyService = z.strictObject({
  healthy: z.boolean(),
  uptime_seconds: z.number(),
  error_count: z.number(),
  requests_handled: z.number().nullable(),
  error_rate: z.number(),
  memory_mb: z.number().nullable(),
  custom_metrics: z.record(z.string(), z.union([z.number(), z.string()])).nullable(),
});

const leaves: Readonly<Record<string, z.ZodType>> = {
  number: z.number(),
  string: z.string(),
  boolean: z.boolean(),
  null: z.null(),
};

/** Takes exactly the recorded keys, each with a recorded type. */
function schemaOf(of: Shape, besides: Readonly<Record<string, z.ZodType>> = {}): z.ZodType {
  if (typeof of === 'string') return z.union(of.split('|').map((type) => leaves[type] ?? z.never()));
  if (isList(of)) return z.array(z.unknown());
  return z.strictObject({ ...schemasOf(of), ...besides });
}

const schemasOf = (of: Readonly<Record<string, Shape>>): Readonly<Record<string, z.ZodType>> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, schemaOf(value)]));

const isList = (of: Shape): of is readonly string[] => Array.isArray(of);
