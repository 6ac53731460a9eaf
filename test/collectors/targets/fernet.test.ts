import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fernetKey, openFernet } from '../../../src/collectors/targets/fernet.ts';
import { createTokenKey, type KeySettings } from '../../../src/collectors/targets/token-key.ts';
import { recordedCrypto } from './recorded-crypto.ts';
import { seal } from './seal.ts';

const jwtSecret = 'made-up-jwt-secret-for-tests-0123456789abcdef';
const encryptionSalt = 'made-up-salt-0123456789';

async function open(settings: KeySettings, sealed: string) {
  const reading = await createTokenKey(settings)();
  return reading.outcome === 'key' ? openFernet(reading.key, sealed) : reading;
}

describe('a text of Fernet', () => {
  const bytes = randomBytes(32);
  const key = fernetKey(bytes);
  const opened = (text: string) => ({ outcome: 'opened', text });
  const refused = (why: 'format' | 'key') => ({ outcome: 'refused', why });

  it.each(['', 'a', 'exactly 16 bytes', 'gAAAAA', 'ümläut ☃ 🦉', 'x'.repeat(5000)])(
    '%# is opened',
    (text) => {
      expect(openFernet(key, seal(bytes, text))).toEqual(opened(text));
      expect(openFernet(key, seal(bytes, text, { padded: false }))).toEqual(opened(text));
      expect(openFernet(key, `  ${seal(bytes, text)}\n`)).toEqual(opened(text));
    },
  );

  it('of another key is refused', () => {
    expect(openFernet(fernetKey(randomBytes(32)), seal(bytes, 'text'))).toEqual(refused('key'));
  });

  it('is refused when any of its bytes was changed', () => {
    const whole = Buffer.from(seal(bytes, 'text'), 'base64url');
    for (const [index, byte] of whole.entries()) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(byte ^ 1, index);
      const text = changed.toString('base64url');
      expect(openFernet(key, text)).toEqual(refused(text.startsWith('gAAAAA') ? 'key' : 'format'));
    }
  });

  it.each([
    ['nothing', ''],
    ['a token in clear', 'tPqV3Zb0yXk9LmN2rS5wU8aC1dE4fG7hJ6iK_-oQx3A'],
    ['only the beginning', 'gAAAAA'],
    ['one cut off', seal(bytes, 'text').slice(0, 60)],
    ['one not of whole blocks', `${seal(bytes, 'text', { padded: false })}AAAA`],
    ['one with a quote', `gAAAAA"${seal(bytes, 'text').slice(7)}`],
    ['another version', seal(bytes, 'text').replace('gAAAAA', 'gQAAAA')],
  ])('is not %s', (_what, text) => {
    expect(openFernet(key, text)).toEqual(refused('format'));
  });
});

describe('what the manager sealed', () => {
  it.each(recordedCrypto.cases)('is opened: $name', async ({ env, fernet }) => {
    const settings = {
      encryptionKey: env.CIRIS_ENCRYPTION_KEY,
      jwtSecret: env.MANAGER_JWT_SECRET,
      encryptionSalt: env.CIRIS_ENCRYPTION_SALT,
    };
    const opened = { outcome: 'opened', text: recordedCrypto.plain_token };
    expect(await open(settings, fernet)).toEqual(opened);
    expect(await open(settings, fernet.replace(/=+$/, ''))).toEqual(opened);
  });

  it.each(Object.entries(recordedCrypto.direct_key_forms))(
    'is opened with the key that it took from: %s',
    async (_name, { value, effective_key }) => {
      const sealed = seal(Buffer.from(effective_key, 'base64url'), 'token');
      const settings = { encryptionKey: value, jwtSecret, encryptionSalt };
      expect(await open(settings, sealed)).toEqual({ outcome: 'opened', text: 'token' });
    },
  );

  it('takes the direct key without secret and salt', async () => {
    const direct = Object.values(recordedCrypto.direct_key_forms).filter(
      (form) => !form.fell_back_to_derived,
    );
    expect(direct).toHaveLength(5);
    for (const { value } of direct) {
      expect(await createTokenKey({ encryptionKey: value })()).toMatchObject({ outcome: 'key' });
    }
  });
});

describe('without a key', () => {
  it.each<[what: string, settings: KeySettings, message: string]>([
    ['nothing', {}, 'MANAGER_JWT_SECRET is not given, CIRIS_ENCRYPTION_SALT is not given'],
    ['no salt', { jwtSecret }, 'CIRIS_ENCRYPTION_SALT is not given'],
    ['no secret', { encryptionSalt }, 'MANAGER_JWT_SECRET is not given'],
    [
      'a short salt',
      { jwtSecret, encryptionSalt: 'fifteen letters' },
      'CIRIS_ENCRYPTION_SALT has fewer than the 16 characters that the manager asks for',
    ],
    [
      'a salt of 8 characters that are 16 units',
      { jwtSecret, encryptionSalt: '🦉'.repeat(8) },
      'CIRIS_ENCRYPTION_SALT has fewer than the 16 characters that the manager asks for',
    ],
    [
      'a key that is none',
      { encryptionKey: 'made-up-secret' },
      'CIRIS_ENCRYPTION_KEY is no url-safe base64 of 32 bytes with its padding, MANAGER_JWT_SECRET is not given, CIRIS_ENCRYPTION_SALT is not given',
    ],
    [
      'a key with letters beyond ASCII',
      { encryptionKey: `ä${Buffer.alloc(32).toString('base64')}` },
      'CIRIS_ENCRYPTION_KEY is no url-safe base64 of 32 bytes with its padding, MANAGER_JWT_SECRET is not given, CIRIS_ENCRYPTION_SALT is not given',
    ],
  ])('%s is said in words', async (_what, settings, message) => {
    expect(await createTokenKey(settings)()).toEqual({ outcome: 'none', message });
  });

  it('a salt of 16 characters is long enough', async () => {
    const settings = { jwtSecret, encryptionSalt: '🦉'.repeat(16) };
    expect(await createTokenKey(settings)()).toMatchObject({ outcome: 'key' });
  });
});

describe('a key', () => {
  it('shows nothing of itself', async () => {
    const secret = Buffer.alloc(32, 7);
    const reading = await createTokenKey({ encryptionKey: secret.toString('base64') })();
    expect(JSON.stringify(reading)).toBe('{"outcome":"key","key":{"signing":{},"encryption":{}}}');
  });
});
