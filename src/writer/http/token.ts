import { createHash, timingSafeEqual } from 'node:crypto';
import type { Refusal } from './answer.ts';

/** Says why a request with this `Authorization` may not pass. */
export type TokenCheck = (authorization: string | undefined) => Refusal | undefined;

const challenge = { 'www-authenticate': 'Bearer realm="ciris-telemetry writer"' };

const missing: Refusal = {
  status: 401,
  message: 'this writer takes requests with a token alone: send "Authorization: Bearer" and the token',
  headers: challenge,
};

const wrong: Refusal = { status: 403, message: 'the token is not the one that this writer takes' };

/** Everybody may pass where there is no token. */
export function tokenCheck(token: string | undefined): TokenCheck {
  if (token === undefined) return () => undefined;
  const expected = digestOf(token);
  return (authorization) => {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return missing;
    return timingSafeEqual(digestOf(given), expected) ? undefined : wrong;
  };
}

/** Texts of any length, in the length that a comparison in constant time needs. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
