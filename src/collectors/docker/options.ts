import { z } from 'zod';

/** Which engine is watched, as which host, and what of it is read. */
export const dockerOptions = z.strictObject({
  name: z
    .string()
    .min(1)
    .default('docker')
    .describe('Name of the collector, which tells several of them apart.'),
  serverId: z.string().min(1).default('main').describe('Name of the host in every figure.'),
  dockerHost: z
    .string()
    .min(1)
    .default('unix:///var/run/docker.sock')
    .describe('The engine: unix:///path, tcp://host:port, http://host:port or https://host:port.'),
  addressSetting: z
    .string()
    .min(1)
    .default('DOCKER_HOST')
    .describe('What the address is set by, as messages call it that say what to do.'),
  dockerTlsVerify: z
    .boolean()
    .optional()
    .describe('True asks for TLS on tcp:// and verifies the engine; false does not verify it.'),
  dockerCertPath: z
    .string()
    .min(1)
    .optional()
    .describe('Folder with ca.pem, cert.pem and key.pem; asks for TLS on tcp://.'),
  tlsCa: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file of the authority that signed the engine's certificate; asks for TLS on tcp://."),
  tlsCert: z.string().min(1).optional().describe('PEM file of our own certificate; asks for TLS on tcp://.'),
  tlsKey: z.string().min(1).optional().describe('PEM file of the key of our own certificate.'),
  tlsServerName: z
    .string()
    .min(1)
    .optional()
    .describe("Name or address that the engine's certificate must be for, in place of the engine's address."),
  dockerApiVersion: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional()
    .describe('API version to speak instead of the newest that both sides know.'),
  labels: z
    .array(z.string().min(1))
    .default(['com.docker.compose.project', 'com.docker.compose.service', 'ai.ciris.agents.id'])
    .describe('Container labels to show; all others are left out.'),
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(64)
    .describe('Requests, and so connections, that the engine has to bear at once.'),
  requestTimeout: z
    .number()
    .min(0.1)
    .max(600)
    .default(5)
    .describe('Seconds that the engine has for one answer.'),
});

export type DockerOptions = z.infer<typeof dockerOptions>;
