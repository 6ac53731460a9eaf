import { z } from 'zod';
import type { AnyEntity, AnyMetric } from '../metric/define.ts';
import { unknownParameter } from './parameters.ts';
import { badParameters, type ParameterError } from './problem.ts';

/** A parameter that may come once, in any value. */
export function textParameter(accepted: string) {
  return (
    z
      .string({ error: 'must be given once' })
      .min(1, 'is empty')
      // PostgreSQL has no text with U+0000 in it, and so nothing that such a value could match.
      .refine((text) => !text.includes('\0'), 'holds a zero byte')
      .describe(accepted)
  );
}

/** Query parameters that are named as attributes: `container.id=…`. */
export function filterParameters(names: Iterable<string>): Record<string, z.ZodOptional<z.ZodString>> {
  const parameter = (name: string) => {
    const accepted = `the exact ${name}`;
    return textParameter(accepted).optional().describe(accepted);
  };
  return Object.fromEntries([...new Set(names)].map((name) => [name, parameter(name)]));
}

/** The attributes among the parameters of a request; refuses those that say nothing of the entity asked for. */
export function filtersOf(
  query: Readonly<Record<string, unknown>>,
  others: readonly string[],
  known: readonly string[],
): Readonly<Record<string, string>> {
  const filters: Record<string, string> = {};
  const errors: ParameterError[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string' || others.includes(name)) continue;
    if (known.includes(name)) filters[name] = value;
    else errors.push(unknownParameter(name, value, [...others, ...known]));
  }
  if (errors.length > 0) throw badParameters(errors);
  return filters;
}

export function identityNames(entity: AnyEntity): readonly string[] {
  return Object.keys(entity.identity);
}

export function infoNames(entity: AnyEntity): readonly string[] {
  return Object.keys(entity.info);
}

export function constantsOf(metric: AnyMetric): Readonly<Record<string, string>> {
  return metric.kind === 'stateset' ? {} : (metric.with ?? {});
}
