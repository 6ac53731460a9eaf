import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The folder that holds package.json and migrations, in a checkout as in an installed package. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The version of ciris-telemetry. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
