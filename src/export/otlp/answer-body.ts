import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** The protocol's limit for answers. */
const longestAnswerBytes = 4 * 1024 ** 2;

/** Proxies compress answers also where nobody asked for it. */
const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** As much of the body as comes, and can be decompressed: the status is known by now, and it decides. */
export async function readAnswerBody(response: IncomingMessage): Promise<Uint8Array> {
  const bytes = await read(response);
  const coding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const decode = Object.entries(decoders).find(([name]) => name === coding)?.[1];
  if (decode === undefined || bytes.length === 0) return bytes;
  return decode(bytes, { maxOutputLength: longestAnswerBytes }).catch(() => bytes);
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      length += chunk.length;
      if (length > longestAnswerBytes) break;
      chunks.push(chunk);
    }
  } catch {
    return Buffer.concat(chunks);
  }
  return Buffer.concat(chunks);
}
