import { createCipheriv, createHmac, randomBytes } from 'node:crypto';

/** Seals as Fernet says, with a key of 32 bytes. */
export function seal(key: Uint8Array, text: string, { padded = true } = {}): string {
  const iv = randomBytes(16);
  const head = Buffer.alloc(9);
  head.writeUInt8(0x80);
  head.writeBigUInt64BE(1_800_000_000n, 1);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([head, iv, cipher.update(text, 'utf8'), cipher.final()]);
  const mac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
  const sealed = Buffer.concat([signed, mac]).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return padded ? sealed : sealed.replace(/=+$/, '');
}
