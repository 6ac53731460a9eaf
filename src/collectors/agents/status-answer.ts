import { z } from 'zod';
import { FieldReader, withoutEnvelope } from './field-reader.ts';

/** What only the status of an agent says of its build. Its other fields hold texts, or say the same as its health. */
export interface StatusAnswer {
  readonly codeName: string | undefined;
  readonly codeHash: string | undefined;
  readonly problem: string | undefined;
}

const name = z.string().regex(/^[\w .+-]{1,64}$/);
const hash = z.string().regex(/^[0-9a-f]{6,64}$/i);

/** Undefined when it is no status. */
export function readStatusAnswer(body: unknown): StatusAnswer | undefined {
  const data = withoutEnvelope(body);
  if (data === undefined) return undefined;
  const reader = new FieldReader();
  return {
    codeName: reader.required(data, 'codename', name),
    codeHash: reader.optional(data, 'code_hash', hash),
    problem: reader.problem,
  };
}
