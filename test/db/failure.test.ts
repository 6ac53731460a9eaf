import { describe, expect, it } from 'vitest';
import { classifyFailure, describeFailure, isConflict } from '../../src/db/failure.ts';

const withCode = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('classifyFailure', () => {
  it.each([
    ...[
      '08000',
      '08003',
      '08006',
      '08P01',
      '25006',
      '25P02',
      '40001',
      '40P01',
      '42701',
      '42P07',
      '53000',
      '53100',
    ],
    ...['53200', '53300', '53400', '55P03', '57P01', '57P02', '57P03', '57P05'],
    ...[
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'ENOENT',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
    ],
  ])('%s is temporary', (code) => expect(classifyFailure(withCode(code))).toBe('temporary'));

  it.each(['22001', '22003', '22021', '22P02', '22P05', '23502', '23505', '23514', '54000'])(
    '%s is of a row',
    (code) => expect(classifyFailure(withCode(code))).toBe('row'),
  );

  it.each([
    ...[
      '57014',
      '57P04',
      '28P01',
      '3D000',
      '42501',
      '42703',
      '42P01',
      '42601',
      '0A000',
      'XX000',
      '40002',
      '55006',
    ],
    ...['ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('%s is permanent', (code) => expect(classifyFailure(withCode(code))).toBe('permanent'));

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
    'Client has encountered a connection error and is not queryable',
  ])('"%s" is temporary', (message) => expect(classifyFailure(new Error(message))).toBe('temporary'));

  it('a fault of our own is permanent', () => {
    expect(classifyFailure(new TypeError('x is not a function'))).toBe('permanent');
    expect(classifyFailure('thrown text')).toBe('permanent');
  });
});

describe('isConflict', () => {
  it('is so for what lost against another transaction', () => {
    expect(['40001', '40P01', '55P03', '23505'].filter((code) => isConflict(withCode(code)))).toEqual([
      '40001',
      '40P01',
    ]);
  });
});

describe('describeFailure', () => {
  it('says what and with which code', () => {
    expect(describeFailure(withCode('53300'))).toBe('it failed (53300)');
    expect(describeFailure(new Error('Connection terminated'))).toBe('Connection terminated');
  });

  it('has words for an error without any', () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(describeFailure(refused)).toBe('no connection (ECONNREFUSED)');
  });

  it.each(['42P01', '42703', '3F000'])('says what to do about %s', (code) => {
    expect(describeFailure(withCode(code))).toMatch(/not migrated; run "ciris-telemetry migrate"/);
  });

  it.each([
    ['42501', 'permission denied', /USAGE on the schema telemetry, and SELECT, INSERT and UPDATE/],
    ['28000', 'no pg_hba.conf entry for host "::1", no encryption', /add \?sslmode=verify-full/],
    ['08P01', 'unsupported startup parameter: statement_timeout', /of the PostgreSQL server itself/],
    ['26000', 'prepared statement "insert fleet" does not exist', /connection pooler/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /add sslrootcert=/],
  ])('says what to do about %s', (code, message, advice) => {
    expect(describeFailure(Object.assign(new Error(message), { code }))).toMatch(advice);
  });
});
