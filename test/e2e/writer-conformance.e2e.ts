import { dirname } from 'node:path';
import { afterAll } from 'vitest';
import { part } from './support/parts.ts';
import { startServer } from './support/server.ts';

/**
 * The rules of an OTLP server, which `npm test` tries on the embedded PostgreSQL, on the oldest that Debian has. The files are loaded
 * once the server is there to be named: each starts its databases where this variable says.
 */
const server = await startServer({ bin: dirname(part('postgres-15')) });
process.env.TEST_DATABASE_URL = server.url;
afterAll(async () => {
  delete process.env.TEST_DATABASE_URL;
  await server.stop();
});

await import('../writer/conformance/protocol.test.ts');
await import('../writer/conformance/decoding.test.ts');
await import('../writer/conformance/points.test.ts');
await import('../writer/conformance/operation.test.ts');
