import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { createEndpointsCollector } from '../../../src/collectors/endpoints/index.ts';
import { microsFromIso } from '../../../src/metric/time.ts';
import { silentLogger } from '../../../src/runtime/logger.ts';
import { caFile, createServers } from './support.ts';

/** What a case folder's `case.json` says. In the address, `{port}` stands for where its server listens. */
const endpointsCase = z.strictObject({
  title: z.string().min(1),
  time: z.iso.datetime(),
  /** With a certificate it speaks TLS; a silent one accepts connections and does nothing, and none is there at all. */
  server: z.union([
    z.strictObject({ certificate: z.string().optional(), status: z.number().default(200) }),
    z.literal(['silent', 'none']),
  ]),
  endpoint: z.looseObject({ url: z.string() }),
});

type Server = z.infer<typeof endpointsCase>['server'];

/** Probes the server of the case once, by a clock that stands still. */
export async function runEndpointsCase(folder: string): Promise<unknown> {
  const given = endpointsCase.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
  const time = microsFromIso(given.time) ?? 0;
  const clock = { now: () => time / 1000, monotonic: () => 0 };
  const servers = createServers();
  const port = await listen(given.server, servers);
  try {
    const url = given.endpoint.url.replace('{port}', String(port));
    const collector = createEndpointsCollector(
      { endpoints: [{ caFile, timeout: given.server === 'silent' ? 2 : 50, ...given.endpoint, url }] },
      { clock, logger: silentLogger },
    );
    const signal = new AbortController().signal;
    const collected = await collector.collect({ time, budgetMs: 60_000, signal });
    return JSON.parse(JSON.stringify(collected).replaceAll(`:${port}`, ':{port}'));
  } finally {
    await servers.closeServers();
  }
}

function listen(
  server: Server,
  { tcpServer, httpServer, httpsServer, freePort }: ReturnType<typeof createServers>,
): Promise<number> {
  if (server === 'none') return freePort();
  if (server === 'silent') return tcpServer(() => {});
  const { certificate, status } = server;
  const respond: RequestListener = (_, response) => {
    response.writeHead(status).end();
  };
  return certificate === undefined ? httpServer(respond) : httpsServer(certificate, respond);
}
