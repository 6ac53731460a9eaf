import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fernetKey, openFernet } from '../../src/collectors/targets/fernet.ts';
import { createTokenKey } from '../../src/collectors/targets/token-key.ts';
import { seal } from '../collectors/targets/seal.ts';

const run = promisify(execFile);

/** Debian's own Python, whose `cryptography` is the package python3-cryptography. */
async function python(script: string, input: unknown): Promise<readonly string[]> {
  const { stdout } = await run('/usr/bin/python3', ['-c', script, JSON.stringify(input)]);
  return z.array(z.string()).parse(JSON.parse(stdout));
}

const sealAll = `
import json, sys
from cryptography.fernet import Fernet
print(json.dumps([Fernet(key.encode()).encrypt(text.encode()).decode() for key, text in json.loads(sys.argv[1])]))
`;

const openAll = `
import json, sys
from cryptography.fernet import Fernet
print(json.dumps([Fernet(key.encode()).decrypt(text.encode()).decode() for key, text in json.loads(sys.argv[1])]))
`;

/** As CIRISManager makes its key: a direct one if it is one, else from secret and salt. */
const deriveAll = `
import base64, json, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
def derive(secret, salt):
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt.encode(), iterations=100000)
    return base64.urlsafe_b64encode(kdf.derive(secret.encode())).decode()
print(json.dumps([derive(secret, salt) for secret, salt in json.loads(sys.argv[1])]))
`;

const urlSafe = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');

const keys = Array.from({ length: 50 }, () => randomBytes(32));
const texts = keys.map(
  (_key, index) => `${'ü'.repeat(index % 20)}${randomBytes(index).toString('base64url')}`,
);

describe("Python's cryptography", () => {
  it('seals what is opened here', async () => {
    const sealed = await python(
      sealAll,
      keys.map((key, index) => [urlSafe(key), texts[index]]),
    );
    const opened = keys.map((key, index) => openFernet(fernetKey(key), sealed[index] ?? ''));
    expect(opened).toEqual(texts.map((text) => ({ outcome: 'opened', text })));
  });

  it('opens what is sealed as the tests of this repository do', async () => {
    const sealed = keys.map((key, index) => [urlSafe(key), seal(key, texts[index] ?? '')]);
    expect(await python(openAll, sealed)).toEqual(texts);
  });

  it('takes the key that is taken here, given or derived', async () => {
    const pairs = Array.from({ length: 5 }, (_, index) => [
      randomBytes(20).toString('base64url'),
      `sälz-${index}-${randomBytes(10).toString('base64url')}`,
    ]);
    const derived = await python(deriveAll, pairs);
    const sealed = await python(
      sealAll,
      derived.map((key) => [key, 'made-up-token']),
    );
    for (const [index, [jwtSecret, encryptionSalt]] of pairs.entries()) {
      for (const settings of [{ jwtSecret, encryptionSalt }, { encryptionKey: derived[index] }]) {
        const reading = await createTokenKey(settings)();
        expect(reading.outcome === 'key' && openFernet(reading.key, sealed[index] ?? '')).toEqual({
          outcome: 'opened',
          text: 'made-up-token',
        });
      }
    }
  });
});
