import { createDecipheriv, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The two halves of a Fernet key, as objects that no log or JSON shows. */
export interface FernetKey {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

export const fernetKeyBytes = 32;

export function fernetKey(bytes: Uint8Array): FernetKey {
  return {
    signing: createSecretKey(bytes.subarray(0, 16)),
    encryption: createSecretKey(bytes.subarray(16, fernetKeyBytes)),
  };
}

export type Opened =
  | { readonly outcome: 'opened'; readonly text: string }
  /** `format`: no Fernet text at all. `key`: written with another key, or changed since. */
  | { readonly outcome: 'refused'; readonly why: 'format' | 'key' };

/** What every Fernet text begins with: version 0x80, and a time before the year 2106. */
const beginning = 'gAAAAA';
const macBytes = 32;
const ivStart = 9;
const cipherStart = 25;
const blockBytes = 16;

/** Opens what Python's `cryptography` sealed; padding at the end of the text may be missing, its age does not matter. */
export function openFernet(key: FernetKey, sealed: string): Opened {
  const text = sealed.trim();
  if (!text.startsWith(beginning) || !/^[A-Za-z0-9_-]+={0,2}$/.test(text)) {
    return { outcome: 'refused', why: 'format' };
  }
  const bytes = Buffer.from(text, 'base64url');
  const cipherBytes = bytes.length - cipherStart - macBytes;
  if (cipherBytes < blockBytes || cipherBytes % blockBytes !== 0) {
    return { outcome: 'refused', why: 'format' };
  }
  const signed = bytes.subarray(0, -macBytes);
  const mac = createHmac('sha256', key.signing).update(signed).digest();
  if (!timingSafeEqual(mac, bytes.subarray(-macBytes))) return { outcome: 'refused', why: 'key' };
  return decrypt(key, signed);
}

function decrypt(key: FernetKey, signed: Uint8Array): Opened {
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, signed.subarray(ivStart, cipherStart));
  try {
    const plain = Buffer.concat([decipher.update(signed.subarray(cipherStart)), decipher.final()]);
    return { outcome: 'opened', text: plain.toString('utf8') };
  } catch {
    // Signed with this key and yet not padded as Fernet pads.
    return { outcome: 'refused', why: 'format' };
  }
}
