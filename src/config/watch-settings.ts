import { z } from 'zod';
import { agentsOptions } from '../collectors/agents/options.ts';
import { deploymentsOptions } from '../collectors/deployments/options.ts';
import { endpointOptions, refuseRepeats } from '../collectors/endpoints/options.ts';
import { targetsOptions } from '../collectors/targets/options.ts';
import { setting } from './setting.ts';

/** Only a shell knows what `~` stands for; here it would be a folder of that name. */
const path = z.string().regex(/^[^~]/).optional();
const secret = z.string().min(1).optional();

/** `id=http://host:port`, as one writes it in a variable. */
const agentOf = (given: unknown): unknown => {
  if (typeof given !== 'string') return given;
  const at = given.indexOf('=');
  return { agent_id: given.slice(0, Math.max(at, 0)), url: given.slice(at + 1) };
};
const endpointOf = (given: unknown): unknown => (typeof given === 'string' ? { url: given } : given);

const { agents, servers } = targetsOptions.shape;

/** Which agents, deployments and addresses are watched beside the containers. */
export const watchSettings = {
  registry: setting({
    schema: path,
    brief: 'Registry of CIRISManager, which names the agents: metadata.json or its folder.',
    accepts: 'the path of a file or folder, without ~',
    env: ['TELEMETRY_REGISTRY'],
    otherwise: '/opt/ciris/agents or /etc/ciris-manager/agents, whichever has one',
  }),
  managerConfig: setting({
    schema: path,
    brief: 'Configuration of CIRISManager, which names the servers and their engines.',
    accepts: 'the path of a config.yml, without ~',
    env: ['TELEMETRY_MANAGER_CONFIG'],
    otherwise: '/etc/ciris-manager/config.yml where that is',
  }),
  servers: setting({
    schema: servers,
    brief: 'Servers beside those of config.yml, each with its engine.',
    accepts:
      'a list of mappings with server_id, is_local, vpc_ip, docker_host, tls_ca, tls_cert, tls_key, tls_server_name',
    env: [],
    onlyInFile: true,
    otherwise: 'those of config.yml, or else this host',
  }),
  agents: setting({
    schema: z.array(z.preprocess(agentOf, agents.unwrap().element)).default([]),
    brief: 'Agents beside those of the registry.',
    accepts:
      'agents such as id=http://host:8080 with commas between them, or in the file mappings with agent_id, url, occurrence_id, server_id, token or token_file',
    env: ['TELEMETRY_AGENTS'],
    otherwise: 'those of the registry',
    secret: true,
  }),
  encryptionKey: setting({
    schema: secret,
    brief: "CIRISManager's key for the service tokens of its agents.",
    accepts: 'a Fernet key',
    env: ['CIRIS_ENCRYPTION_KEY'],
    secret: true,
  }),
  jwtSecret: setting({
    schema: secret,
    brief: "CIRISManager's JWT secret, from which it derives that key where it has none.",
    accepts: 'a text',
    env: ['MANAGER_JWT_SECRET'],
    secret: true,
  }),
  encryptionSalt: setting({
    schema: secret,
    brief: "CIRISManager's salt for that derivation.",
    accepts: 'a text of 16 characters or more',
    env: ['CIRIS_ENCRYPTION_SALT'],
    secret: true,
  }),
  agentRequests: setting({
    schema: agentsOptions.shape.requestsPerMinute,
    brief:
      'Requests with a token to one agent within any minute; CIRISManager shares the 60 that an agent allows.',
    accepts: 'a number from 1 to 60',
    env: ['TELEMETRY_AGENT_REQUESTS'],
  }),
  agentReportInterval: setting({
    schema: agentsOptions.shape.overviewInterval,
    brief:
      'Seconds between two requests for what an agent reports of its last 24 hours, which costs it most.',
    accepts: 'seconds from 60 to 86400',
    env: ['TELEMETRY_AGENT_REPORT_INTERVAL'],
  }),
  managerUrl: setting({
    schema: deploymentsOptions.shape.managerUrl,
    brief: 'CIRISManager, asked for its deployments where there is a login for it.',
    accepts: 'an address such as http://127.0.0.1:8888, without /manager/v1',
    env: ['TELEMETRY_MANAGER_URL'],
    otherwise: 'deployments are read from deployment_state.json',
  }),
  managerToken: setting({
    schema: secret,
    brief: 'Login for CIRISManager: a JWT, good for 24 hours.',
    accepts: 'a JWT',
    env: ['TELEMETRY_MANAGER_TOKEN'],
    secret: true,
  }),
  managerTokenFile: setting({
    schema: path,
    brief: 'File that holds the login, read anew each time.',
    accepts: 'the path of a file, without ~',
    env: ['TELEMETRY_MANAGER_TOKEN_FILE'],
  }),
  deploymentState: setting({
    schema: path,
    brief: 'deployment_state.json of CIRISManager.',
    accepts: 'the path of a file, without ~',
    env: ['TELEMETRY_DEPLOYMENT_STATE'],
    otherwise: '/var/lib/ciris-manager/deployment_state.json where that is',
  }),
  auditLog: setting({
    schema: path,
    brief: 'audit.jsonl of CIRISManager.',
    accepts: 'the path of a file, without ~',
    env: ['TELEMETRY_AUDIT_LOG'],
    otherwise: '/var/log/ciris-manager/audit.jsonl where that is',
  }),
  endpoints: setting({
    schema: z.array(z.preprocess(endpointOf, endpointOptions)).superRefine(refuseRepeats).default([]),
    brief: 'Public addresses to probe: whether they answer, how fast, and when their certificates expire.',
    accepts:
      'addresses such as https://agents.example/ with commas between them, or in the file mappings with url, name, expect, caFile, interval, timeout',
    env: ['TELEMETRY_ENDPOINTS'],
    otherwise: 'none',
  }),
};
