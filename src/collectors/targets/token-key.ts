import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { type FernetKey, fernetKey, fernetKeyBytes } from './fernet.ts';

/** What CIRISManager has in its environment to seal tokens with. */
export interface KeySettings {
  /** `CIRIS_ENCRYPTION_KEY` */
  readonly encryptionKey?: string | undefined;
  /** `MANAGER_JWT_SECRET` */
  readonly jwtSecret?: string | undefined;
  /** `CIRIS_ENCRYPTION_SALT` */
  readonly encryptionSalt?: string | undefined;
}

/** A key, or in words why there is none. */
export type KeyReading =
  | { readonly outcome: 'key'; readonly key: FernetKey }
  | { readonly outcome: 'none'; readonly message: string };

const derive = promisify(pbkdf2);
const rounds = 100_000;
const shortestSalt = 16;

/** Gives the key that CIRISManager would use with these settings; made when first asked for, as deriving it takes a while. */
export function createTokenKey(settings: KeySettings): () => Promise<KeyReading> {
  let reading: Promise<KeyReading> | undefined;
  return () => {
    reading ??= readKey(settings);
    return reading;
  };
}

async function readKey({ encryptionKey, jwtSecret, encryptionSalt }: KeySettings): Promise<KeyReading> {
  const direct = directKey(encryptionKey ?? '');
  if (direct !== undefined) return { outcome: 'key', key: fernetKey(direct) };
  const lacking = [
    ...(encryptionKey ? ['CIRIS_ENCRYPTION_KEY is no url-safe base64 of 32 bytes with its padding'] : []),
    ...(jwtSecret ? [] : ['MANAGER_JWT_SECRET is not given']),
    ...(encryptionSalt ? [] : ['CIRIS_ENCRYPTION_SALT is not given']),
  ];
  if (!jwtSecret || !encryptionSalt) return { outcome: 'none', message: lacking.join(', ') };
  // As Python counts: characters, not UTF-16 units.
  if ([...encryptionSalt].length < shortestSalt) {
    const message = `CIRIS_ENCRYPTION_SALT has fewer than the ${shortestSalt} characters that the manager asks for`;
    return { outcome: 'none', message: [...lacking, message].join(', ') };
  }
  const bytes = await derive(jwtSecret, encryptionSalt, rounds, fernetKeyBytes, 'sha256');
  return { outcome: 'key', key: fernetKey(bytes) };
}

/**
 * Python decodes a key leniently: both alphabets of base64, and whatever belongs to neither is skipped, such as blanks
 * and quotes. The padding must be there: without it the manager derives its key, and so must we.
 */
function directKey(text: string): Uint8Array | undefined {
  if (/[^\0-\x7f]/.test(text)) return undefined;
  const [, digits] =
    /^([\w-]{43})=/.exec(text.replace(/[^A-Za-z0-9+/=_-]/g, '').replace(/[+/]/g, urlSafe)) ?? [];
  return digits === undefined ? undefined : Buffer.from(digits, 'base64url');
}

const urlSafe = (character: string): string => (character === '+' ? '-' : '_');
