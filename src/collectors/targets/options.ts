import { z } from 'zod';
import { line } from './fields.ts';
import { originOf } from './origin.ts';
import { serverEntry } from './server-entry.ts';

const text = z.string().min(1);

/** Only an origin: agents are asked by paths of their own. */
const agentUrl = z
  .string()
  .refine(
    (given) => originOf(given) !== undefined,
    'give http://host:port or https://host:port, without path, user or password',
  );

const staticAgent = z
  .strictObject({
    agent_id: line.describe('Id of the agent, as its container has it in CIRIS_AGENT_ID.'),
    occurrence_id: line.optional().describe('Which occurrence of it, where there are several.'),
    server_id: line.default('main').describe('Host that it runs on.'),
    url: agentUrl.describe('Where it answers: http://host:port.'),
    token: text.optional().describe('Its service token, in clear.'),
    token_file: text.optional().describe('A file that holds nothing but its service token.'),
  })
  .refine(({ token, token_file }) => token === undefined || token_file === undefined, {
    message: 'give token or token_file, not both',
  });

/**
 * Who says which agents should be watched. The registry of CIRISManager is the usual source; agents given here come before
 * what a host's function says, and that before the registry, when two speak of the same agent.
 */
export const targetsOptions = z.strictObject({
  registry: text
    .optional()
    .describe(
      "CIRISManager's metadata.json or its folder; without it, /opt/ciris/agents or /etc/ciris-manager/agents, whichever has one.",
    ),
  managerConfig: text
    .optional()
    .describe(
      "CIRISManager's config.yml, for its servers; without it, /etc/ciris-manager/config.yml if there.",
    ),
  servers: z
    .array(serverEntry)
    .default([])
    .describe('Servers beside those of config.yml; one with the same server_id takes its place.'),
  agents: z.array(staticAgent).default([]).describe('Agents beside those of the registry.'),
  encryptionKey: z.string().optional().describe("The manager's CIRIS_ENCRYPTION_KEY."),
  jwtSecret: z
    .string()
    .optional()
    .describe("The manager's MANAGER_JWT_SECRET, where it has no encryption key of its own."),
  encryptionSalt: z
    .string()
    .optional()
    .describe("The manager's CIRIS_ENCRYPTION_SALT, which goes with its JWT secret."),
  sourceTimeout: z
    .number()
    .min(0.1)
    .max(60)
    .default(2)
    .describe('Seconds that each source has to be read; its last good content is used after that.'),
});

export type TargetsOptions = z.infer<typeof targetsOptions>;
export type StaticAgent = TargetsOptions['agents'][number];
