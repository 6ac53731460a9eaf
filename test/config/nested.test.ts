import { describe, expect, it } from 'vitest';
import { loadSettings, type Sources } from '../../src/config/load.ts';
import { serveSettings } from '../../src/config/settings.ts';
import { messageOf } from '../../src/runtime/errors.ts';

const nothing: Sources = { flags: {}, env: {}, file: undefined };

function refusal(sources: Partial<Sources>): string {
  try {
    loadSettings(serveSettings, { ...nothing, ...sources });
    return 'accepted';
  } catch (thrown) {
    return messageOf(thrown);
  }
}

const inFile = (values: Record<string, unknown>): string => refusal({ file: { path: 'conf.yaml', values } });

const agentList =
  'give agents such as id=http://host:8080 with commas between them, or in the file mappings with agent_id, url, occurrence_id, server_id, token or token_file';
const plain = 'give http://host:port or https://host:port, without path, user or password';
const good = { agent_id: 'a', url: 'http://x:1' };

describe('a list of mappings in the file', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'a field that there is not',
      { agents: [good, { ...good, tokn: 'hunter2' }] },
      `setting agents: item 2 with tokn (from agents in conf.yaml) is not accepted: ${agentList}`,
    ],
    [
      'a field that is missing',
      { agents: [{ agent_id: 'a' }] },
      `setting agents: item 1 without url (from agents in conf.yaml) is not accepted: ${agentList}`,
    ],
    [
      'a number for text',
      { agents: [{ ...good, agent_id: 7 }] },
      `setting agents: agent_id of item 1 (from agents in conf.yaml) is not accepted: expected text, in quotes; ${agentList}`,
    ],
    [
      'an address with a password',
      { agents: [{ agent_id: 'a', url: 'http://me:hunter2@x:1/p' }] },
      `setting agents: url of item 1 (from agents in conf.yaml) is not accepted: ${plain}`,
    ],
    [
      'two tokens',
      { agents: [{ ...good, token: 'hunter2', token_file: '/t' }] },
      'setting agents: item 1 (from agents in conf.yaml) is not accepted: give token or token_file, not both',
    ],
    [
      'a word for yes or no',
      { servers: [{ server_id: 'a', is_local: 'maybe' }] },
      'setting servers: is_local of item 1, "maybe" (from servers in conf.yaml) is not accepted: expected boolean, received string; give a list of mappings with server_id, is_local, vpc_ip, docker_host, tls_ca, tls_cert, tls_key, tls_server_name',
    ],
    [
      'an address of another kind',
      { endpoints: [{ url: 'ftp://me:hunter2@x/?key=hunter2' }] },
      'setting endpoints: url of item 1, "ftp://***@x/?***" (from endpoints in conf.yaml) is not accepted: expected an address that begins with http:// or https://',
    ],
    [
      'a number in a list within',
      { endpoints: [{ url: 'https://x', expect: [200, 20] }] },
      'setting endpoints: expect.1 of item 1, 20 (from endpoints in conf.yaml) is not accepted: expected number to be >=100; give addresses such as https://agents.example/ with commas between them, or in the file mappings with url, name, expect, caFile, interval, timeout',
    ],
    [
      'one name twice',
      { endpoints: ['https://x/', 'https://x/'] },
      'setting endpoints: name of item 2, "https://x/" (from endpoints in conf.yaml) is not accepted: x is the name of another endpoint too; give each a name of its own',
    ],
    [
      'a mapping for a list',
      { endpoints: { url: 'https://x/?key=hunter2' } },
      'setting endpoints: a mapping (from endpoints in conf.yaml) is not accepted: give addresses such as https://agents.example/ with commas between them, or in the file mappings with url, name, expect, caFile, interval, timeout',
    ],
    [
      'a list for one value',
      { interval: [1, 2] },
      'setting interval: a list (from interval in conf.yaml) is not accepted: give seconds from 1 to 86400',
    ],
  ])('with %s is refused in one line that names item, field and mend', (_, values, message) => {
    expect(inFile(values)).toBe(message);
  });

  it('is read', () => {
    const values = {
      agents: [good, 'b=https://y'],
      servers: [{ server_id: 'scout', docker_host: 'tcp://10.0.0.4:2376' }],
      endpoints: ['https://x/', { url: 'https://y/z?key=1', name: 'y', expect: [204] }],
    };
    expect(loadSettings(serveSettings, { ...nothing, file: { path: 'conf.yaml', values } })).toMatchObject({
      agents: [good, { agent_id: 'b', url: 'https://y', server_id: 'main' }],
      servers: [{ server_id: 'scout', is_local: false }],
      endpoints: [
        { url: 'https://x/', interval: 60 },
        { url: 'https://y/z?key=1', name: 'y', expect: [204] },
      ],
    });
  });
});

describe('such a list as text', () => {
  it.each<[string, Partial<Sources>]>([
    ['a variable', { env: { TELEMETRY_AGENTS: 'a=http://x:1, b=http://y:2' } }],
    ['a flag', { flags: { agents: 'a=http://x:1, b=http://y:2' } }],
    ['the file', { file: { path: 'conf.yaml', values: { agents: 'a=http://x:1, b=http://y:2' } } }],
  ])('in %s is read', (_, sources) => {
    expect(loadSettings(serveSettings, { ...nothing, ...sources }).agents).toMatchObject([
      good,
      { agent_id: 'b', url: 'http://y:2' },
    ]);
  });

  it.each<[string, Partial<Sources>, string]>([
    [
      'an address that is none',
      { env: { TELEMETRY_AGENTS: 'a=http://x:1,b=hunter2' } },
      `setting agents: url of item 2 (from TELEMETRY_AGENTS) is not accepted: ${plain}`,
    ],
    [
      'an agent without a name',
      { flags: { agents: 'http://x:1' } },
      `setting agents: agent_id of item 1 (from --agents) is not accepted: expected one short line of text; ${agentList}`,
    ],
    [
      'an address to probe that is none',
      { env: { TELEMETRY_ENDPOINTS: 'https://x,y' } },
      'setting endpoints: url of item 2, "y" (from TELEMETRY_ENDPOINTS) is not accepted: expected an address that begins with http:// or https://',
    ],
  ])('with %s is refused', (_, sources, message) => {
    expect(refusal(sources)).toBe(message);
  });

  it('does not make a server', () => {
    expect(refusal({ flags: { servers: 'main' } })).toMatch(
      /^setting servers: item 1, "main" \(from --servers\) is not accepted: expected object, received string; give a list of mappings with server_id/,
    );
  });
});

describe('the address of CIRISManager', () => {
  it.each([
    ['http://127.0.0.1:8888/manager/v1', '"http://127.0.0.1:8888/manager/v1"'],
    ['http://me:hunter2@127.0.0.1:8888', '"http://***@127.0.0.1:8888"'],
  ])('is not %s', (address, shown) => {
    expect(refusal({ flags: { managerUrl: address } })).toBe(
      `setting manager-url: ${shown} (from --manager-url) is not accepted: give an address such as http://127.0.0.1:8888, without /manager/v1`,
    );
  });
});
