import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { problemSchema } from '../../src/api/problem.ts';
import {
  collectionSchema,
  healthSchema,
  historySchema,
  indexSchema,
  statusSchema,
} from '../../src/api/schemas.ts';

describe('the schemas of answers', () => {
  test.each(
    Object.entries({
      problemSchema,
      collectionSchema,
      healthSchema,
      historySchema,
      indexSchema,
      statusSchema,
    }),
  )('%s can be written as JSON Schema', (_, schema) => {
    expect(z.toJSONSchema(schema)).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
