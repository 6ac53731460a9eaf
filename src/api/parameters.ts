import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { badParameters, type ParameterError } from './problem.ts';

/** Validates what comes in, and names each parameter that is wrong, its value, and what is accepted. */
export const parameterCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    return { error: badParameters(result.error.issues.flatMap((issue) => errorsOf(issue, schema, data))) };
  };

function errorsOf(issue: z.core.$ZodIssue, schema: z.ZodType, data: unknown): readonly ParameterError[] {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema instanceof z.ZodObject ? schema.shape : {};
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownParameter(key, givenValue(data, key), Object.keys(shape)));
  }
  const parameter = String(issue.path[0] ?? 'body');
  const field = shape[parameter];
  const accepted = field instanceof z.ZodType ? field.description : undefined;
  const value = givenValue(data, parameter);
  return [
    {
      parameter,
      ...(value === undefined ? {} : { value }),
      message: issue.path.length > 0 && value === undefined ? 'is missing' : issue.message,
      ...(accepted === undefined ? {} : { accepted }),
    },
  ];
}

export function unknownParameter(
  parameter: string,
  value: string | undefined,
  known: readonly string[],
): ParameterError {
  return {
    parameter,
    ...(value === undefined ? {} : { value }),
    message: 'is no parameter here',
    accepted: known.length === 0 ? 'none' : known.join(', '),
  };
}

/** What came for a parameter, as text and not longer than an answer should repeat. */
function givenValue(data: unknown, parameter: string): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const value: unknown = Object.entries(data).find(([name]) => name === parameter)?.[1];
  if (value === undefined) return undefined;
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200);
}
