import { z } from 'zod';
import { line } from './fields.ts';

const text = z.string().min(1).max(4096);

/** A server as `servers` of CIRISManager's config.yml has it, and by what name its engine is to be verified. */
export const serverEntry = z.strictObject({
  server_id: line.describe('Name of the server, as the registry has it.'),
  hostname: text.optional().describe('Its public host name.'),
  is_local: z.boolean().default(false).describe('Whether the exporter runs on it.'),
  vpc_ip: text.optional().describe('Its address in the private network; agents are asked there.'),
  docker_host: text.optional().describe('Its engine, such as tcp://10.0.0.4:2376; local ones have a socket.'),
  tls_ca: text.optional().describe('File with the CA of the engine.'),
  tls_cert: text.optional().describe('File with our certificate.'),
  tls_key: text.optional().describe('File with the key of our certificate.'),
  tls_server_name: text
    .optional()
    .describe("Name to verify in the engine's certificate, where that does not carry its address."),
});

export type ServerEntry = z.infer<typeof serverEntry>;
