import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const environment = z.object({
  CIRIS_ENCRYPTION_KEY: z.string().optional(),
  MANAGER_JWT_SECRET: z.string().optional(),
  CIRIS_ENCRYPTION_SALT: z.string().optional(),
});

const recorded = z.object({
  plain_token: z.string(),
  cases: z.array(z.object({ name: z.string(), env: environment, fernet: z.string() })),
  direct_key_forms: z.record(
    z.string(),
    z.object({ value: z.string(), effective_key: z.string(), fell_back_to_derived: z.boolean() }),
  ),
});

/** What the manager's own program sealed, and which key it took. */
export const recordedCrypto = recorded.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/manager/crypto.json'), 'utf8')),
);
