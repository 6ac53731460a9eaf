import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../runtime/errors.ts';
import { withinTime } from '../../runtime/within-time.ts';
import type { Ticket } from './admission.ts';
import { type Refusal, unavailable } from './answer.ts';
import { ChunkList } from './chunk-list.ts';
import type { Compression } from './headers.ts';
import { readStream } from './read-stream.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
  readonly retryAfterMs: number;
}

export interface BodyContext {
  readonly ticket: Ticket;
  readonly limits: BodyLimits;
  /** Aborts when the server has no more time to wait for bodies. */
  readonly signal: AbortSignal;
}

export type BodyOutcome =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const refused = (refusal: Refusal): BodyOutcome => ({ kind: 'refused', refusal });

/** Reads a body in whole and decompresses it, within limits of size and time. */
export async function readBody(
  request: IncomingMessage,
  compression: Compression,
  context: BodyContext,
): Promise<BodyOutcome> {
  const body = await receive(request, context);
  // A client that is still sending hears our answer only if what it sends is taken in, though nobody keeps it.
  request.resume();
  if (body.kind === 'refused') return body;
  if (compression === 'none') return isGzip(body.bytes) ? refused(unannounced) : body;
  try {
    return await decompress(body.bytes, context);
  } finally {
    context.ticket.drop(body.bytes.length);
  }
}

/** Neither JSON nor a protobuf message begins so. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const unannounced: Refusal = {
  status: 400,
  message:
    'the body is gzip, and no header Content-Encoding says so: the sender, or a proxy, has left it out',
  at: 'body',
};

async function receive(
  request: IncomingMessage,
  { ticket, limits, signal }: BodyContext,
): Promise<BodyOutcome> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBodyBytes) return refused(tooLarge(limits));
  const collector = new Collector(ticket, limits);
  const limit = { ms: limits.bodyTimeoutMs, reason: new Error('the body is slow'), signal };
  const ending = await withinTime(limit, (own) => readStream(request, collector.take, own));
  switch (ending.kind) {
    case 'end':
      return { kind: 'read', bytes: collector.bytes() };
    case 'stopped':
      return refused(collector.refusal());
    case 'failed':
      return refused({ status: 400, message: 'the body ended early' });
    case 'aborted':
      return refused(signal.aborted ? closing(limits) : tooSlow(limits));
  }
}

async function decompress(bytes: Uint8Array, { ticket, limits, signal }: BodyContext): Promise<BodyOutcome> {
  const gunzip = createGunzip({ chunkSize: 65_536 });
  gunzip.end(bytes);
  const collector = new Collector(ticket, limits);
  const ending = await readStream(gunzip, collector.take, signal);
  gunzip.destroy();
  switch (ending.kind) {
    case 'end':
      return isPadding(bytes.subarray(gunzip.bytesWritten))
        ? { kind: 'read', bytes: collector.bytes() }
        : refused(noGzip('something else is behind its end'));
    case 'stopped':
      return refused(collector.refusal());
    case 'failed':
      return refused(noGzip(messageOf(ending.error)));
    case 'aborted':
      return refused(closing(limits));
  }
}

/** Whatever follows a zero behind gzip is not read: where it is more than zeros, a part of the body would be lost. */
function isPadding(rest: Uint8Array): boolean {
  let end = 0;
  while (rest[end] === 0) end += 1;
  return end === rest.length;
}

function noGzip(why: string): Refusal {
  return { status: 400, message: `the body is no valid gzip: ${why}`, at: 'body' };
}

/** Keeps chunks as long as they fit. */
class Collector {
  readonly #ticket: Ticket;
  readonly #limits: BodyLimits;
  readonly #chunks = new ChunkList();
  #size = 0;

  constructor(ticket: Ticket, limits: BodyLimits) {
    this.#ticket = ticket;
    this.#limits = limits;
  }

  readonly take = (chunk: Uint8Array): boolean => {
    this.#size += chunk.length;
    if (this.#size > this.#limits.maxBodyBytes || !this.#ticket.hold(chunk.length)) return false;
    this.#chunks.add(chunk);
    return true;
  };

  bytes(): Uint8Array {
    return this.#chunks.bytes();
  }

  /** Why the last chunk was not taken. */
  refusal(): Refusal {
    if (this.#size > this.#limits.maxBodyBytes) return tooLarge(this.#limits);
    return unavailable(
      'more is being received at the moment than there is room for',
      this.#limits.retryAfterMs,
    );
  }
}

function tooLarge({ maxBodyBytes }: BodyLimits): Refusal {
  return {
    status: 413,
    message: `the body is larger than ${maxBodyBytes} bytes: send fewer points in one request`,
  };
}

function closing({ retryAfterMs }: BodyLimits): Refusal {
  return unavailable('the server is closing', retryAfterMs);
}

/** A 408 would be final for OTLP clients, and a slow network is not. */
function tooSlow({ bodyTimeoutMs, retryAfterMs }: BodyLimits): Refusal {
  const { headers, ...refusal } = unavailable(
    `the body did not arrive within ${bodyTimeoutMs} ms`,
    retryAfterMs,
  );
  return { ...refusal, headers: { ...headers, connection: 'close' } };
}
