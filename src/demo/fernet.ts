import { createCipheriv, createHash, createHmac } from 'node:crypto';

/** The key of the simulated manager: made up, and good for nothing else. */
export const demoEncryptionKey = Buffer.from('a key that is made up for demos!')
  .toString('base64url')
  .concat('=');

const version = 0x80;

/** Encrypts text as Python's Fernet does. The same text gives the same result, which only made-up secrets can afford. */
export function encryptFernet(text: string, key: string, seconds: number): string {
  const bytes = Buffer.from(key, 'base64url');
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.floor(seconds)));
  const iv = createHash('sha256').update(text).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-cbc', bytes.subarray(16), iv);
  const sealed = Buffer.concat([Buffer.of(version), time, iv, cipher.update(text, 'utf8'), cipher.final()]);
  const tag = createHmac('sha256', bytes.subarray(0, 16)).update(sealed).digest();
  const base64 = Buffer.concat([sealed, tag]).toString('base64');
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
