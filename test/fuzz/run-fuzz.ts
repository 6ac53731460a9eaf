import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'undici';
import { z } from 'zod';
import { startWriter } from '../../src/app/writer.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { Releasers } from '../../src/runtime/releasers.ts';
import { makeFolder, removeFolder } from '../e2e/support/folder.ts';
import { createRandom } from '../e2e/support/random.ts';
import { makeCorpus } from './corpus.ts';
import { type Body, makeBody } from './make-body.ts';

export interface FuzzOptions {
  readonly bodies: number;
  readonly seed: number;
  /** Of a database; the embedded one when not given. */
  readonly databaseUrl?: string | undefined;
  readonly say?: (line: string) => void;
}

export interface FuzzReport {
  readonly seed: number;
  readonly bodies: number;
  readonly seconds: number;
  /** How many were answered with each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Why senders were asked to come again, and how often. */
  readonly unavailable: Readonly<Record<string, number>>;
  /** Memory in use after a tenth of the bodies, and after all of them, in mebibytes, with all garbage collected. */
  readonly memory: readonly [early: number, late: number];
  /** The most that the process had of the machine's memory, in mebibytes: of the server, of whoever makes the bodies, and of the garbage of both. */
  readonly peak: number;
  /** What no sender should ever see, each with the body in base64, and memory that grows. */
  readonly faults: readonly string[];
}

/** In mebibytes: what live memory may grow by, and what sixteen bodies of the largest size, in work at once, may take. */
const most = { growth: 48, peak: 1024 } as const;

const connections = 16;
const maxFaults = 20;

/** Sends mutated requests to a writer with its own database, all in this process, and watches its answers and its memory. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const releasers = new Releasers();
  try {
    return await run(options, releasers);
  } finally {
    await releasers.close();
  }
}

async function run({ bodies, seed, databaseUrl, say = () => {} }: FuzzOptions, releasers: Releasers) {
  const stateDir = await makeFolder('fuzz');
  releasers.add('folder', () => removeFolder(stateDir));
  const config = { host: '127.0.0.1', port: 0, maxAgeDays: 5, databaseUrl, stateDir };
  const writer = await startWriter(config, { clock: systemClock, logger: silentLogger });
  releasers.add('writer', () => writer.stop());
  const client = new Pool(writer.url, { connections, bodyTimeout: 120_000, headersTimeout: 120_000 });
  releasers.add('client', () => client.close());
  const corpus = await makeCorpus(Date.now());
  const random = createRandom(seed);
  const statuses: Record<string, number> = {};
  const unavailable: Record<string, number> = {};
  const faults: string[] = [];
  const began = performance.now();
  let sent = 0;
  const sendUntil = async (end: number): Promise<void> => {
    const work = async (): Promise<void> => {
      while (sent < end && faults.length < maxFaults) {
        sent += 1;
        const body = makeBody(corpus, random);
        const { status, fault, reason } = await send(client, body);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (reason !== undefined) unavailable[reason] = (unavailable[reason] ?? 0) + 1;
        if (fault !== undefined) faults.push(`${fault}: ${describe(body)}`);
        if (sent % 50_000 === 0) say(`${sent} bodies, ${JSON.stringify(statuses)}, ${usedMebibytes()} MiB`);
      }
    };
    await Promise.all(Array.from({ length: connections }, work));
  };
  await sendUntil(Math.ceil(bodies / 10));
  const early = usedMebibytes();
  await sendUntil(bodies);
  const seconds = (performance.now() - began) / 1000;
  const memory = [early, await usedAtRest(early + most.growth)] as const;
  // Node gives kibibytes.
  const peak = Math.round(process.resourceUsage().maxRSS / 2 ** 10);
  if (memory[1] - early > most.growth) faults.push(`live memory grew from ${early} to ${memory[1]} MiB`);
  if (peak > most.peak) faults.push(`the process took ${peak} MiB at its peak`);
  return { seed, bodies: sent, seconds, statuses, unavailable, memory, peak, faults };
}

const describe = ({ path, type, gzip, bytes }: Body): string =>
  `${path} ${type}${gzip ? ' gzip' : ''} ${Buffer.from(bytes).toString('base64')}`;

interface Answer {
  readonly status: number | string;
  /** What is wrong with the answer. */
  readonly fault?: string;
  /** Of a 503, in words. */
  readonly reason?: string;
}

async function send(client: Pool, { path, type, gzip, bytes }: Body): Promise<Answer> {
  const headers = { 'content-type': type, ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
  try {
    const {
      statusCode: status,
      headers: got,
      body,
    } = await client.request({ method: 'POST', path, headers, body: bytes });
    const answer = Buffer.from(await body.arrayBuffer());
    if (status >= 500 && status !== 503) return { status, fault: `answered ${status}` };
    if (got['content-type'] !== type) return { status, fault: `answered as ${String(got['content-type'])}` };
    if (type === 'application/json' && !isAnswer(status, answer.toString()))
      return { status, fault: `answered ${status} with ${answer.toString().slice(0, 200)}` };
    // Printable in both encodings: the message is most of the body.
    return status === 503 ? { status, reason: answer.toString().replaceAll(/[^ -~]+/g, '') } : { status };
  } catch (thrown) {
    return { status: 'none', fault: `got no answer (${String(thrown)})` };
  }
}

const partial = z.strictObject({
  rejectedDataPoints: z.string().regex(/^\d+$/).optional(),
  rejectedLogRecords: z.string().regex(/^\d+$/).optional(),
  errorMessage: z.string().min(1),
});
const taken = z.strictObject({ partialSuccess: partial.optional() });
const refused = z.strictObject({
  code: z.int(),
  message: z.string().min(1),
  details: z.array(z.unknown()).optional(),
});

/** Whether a JSON answer is what OTLP has for its status. */
function isAnswer(status: number, text: string): boolean {
  try {
    return (status === 200 ? taken : refused).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** What a slow database has not taken yet, though its senders were told to come again, is in memory for a while. */
async function usedAtRest(enough: number): Promise<number> {
  for (let seconds = 0; seconds < 120 && usedMebibytes() > enough; seconds += 1) await delay(1000);
  return usedMebibytes();
}

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

function usedMebibytes(): number {
  if (typeof collectGarbage === 'function') collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return Math.round((heapUsed + external + arrayBuffers) / 2 ** 20);
}
