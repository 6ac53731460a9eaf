import { expect, it } from 'vitest';
import { failureTypeOf, failureTypeOfStatus } from '../../../src/collectors/agents/failure-type.ts';

const thrown = (code: string): Error => Object.assign(new Error('connect'), { code });

it.each([
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_reset'],
  ['ECONNABORTED', 'connection_reset'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EAI_AGAIN', 'name_unknown'],
  ['EAI_FAIL', 'name_unknown'],
  ['ENOTFOUND', 'name_unknown'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['CERT_HAS_EXPIRED', 'tls_failed'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_failed'],
  ['HOSTNAME_MISMATCH', 'tls_failed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_failed'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
  ['EPROTO', 'tls_failed'],
  ['EMFILE', 'other'],
  ['EADDRNOTAVAIL', 'other'],
  ['constructor', 'other'],
])('%s is %s', (code, type) => {
  expect(failureTypeOf(thrown(code))).toBe(type);
  expect(failureTypeOf(Object.assign(new AggregateError([thrown(code)]), { code }))).toBe(type);
});

it('what was thrown without a code, or is no error, is another failure', () => {
  for (const each of [new Error('x'), 'x', undefined, null]) expect(failureTypeOf(each)).toBe('other');
});

it('every status is one outcome', () => {
  const types = [200, 204, 299, 300, 308, 400, 401, 403, 404, 410, 418, 429, 499, 500, 503, 599, 999].map(
    failureTypeOfStatus,
  );
  expect(types.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  expect(types.slice(3)).toEqual([
    'redirect',
    'redirect',
    'client_error',
    'unauthorized',
    'forbidden',
    'not_found',
    'client_error',
    'client_error',
    'rate_limited',
    'client_error',
    'server_error',
    'server_error',
    'server_error',
    'server_error',
  ]);
});
