import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { classifyFailure, describeFailure, isConflict } from '../../src/db/failure.ts';

const withCode = (code: string): Error => Object.assign(new Error('it failed'), { code });

/** What a server says that would write over what it still knows if it took one transaction more. */
function outOfNumbers(routine: string): Error {
  const message = 'database is not accepting commands to avoid wraparound data loss in database "x"';
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code: '54000', routine });
}

describe('classifyFailure', () => {
  it.each([
    ...[
      '08000',
      '08003',
      '08006',
      '08P01',
      '08007',
      '25006',
      '25P02',
      '25P03',
      '25P04',
      '40001',
      '40003',
      '40P01',
      '42701',
      '42P07',
    ],
    ...['53000', '53100', '53200', '53300', '55006', '55P03', '57P01', '57P02', '57P03', '57P05', '58030'],
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

  it.each([
    '22001',
    '22003',
    '22021',
    '22P02',
    '22P05',
    '23502',
    '23505',
    '23514',
    '53400',
    '54000',
    '54001',
  ])('%s is of a row', (code) => expect(classifyFailure(withCode(code))).toBe('row'));

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
      '54011',
      '54023',
      '55000',
      '58P01',
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

  it('what is not supported is of a row where that belongs into a compressed chunk', () => {
    const refused = (message: string) => Object.assign(new Error(message), { code: '0A000' });
    expect(classifyFailure(refused('cannot update/delete rows from chunk "c" as it is compressed'))).toBe(
      'row',
    );
    expect(classifyFailure(refused('insert into a chunk of a columnstore is not supported'))).toBe('row');
    expect(classifyFailure(refused('cannot do that'))).toBe('permanent');
  });

  it.each(['GetNewTransactionId', 'GetNewMultiXactId'])(
    'that %s has no number left is no fault of a row',
    (routine) => {
      expect(classifyFailure(outOfNumbers(routine))).toBe('temporary');
      expect(describeFailure(outOfNumbers(routine))).toMatch(
        /in database "x" \(54000\): vacuum the database/,
      );
    },
  );

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
    expect(describeFailure(withCode('57P01'))).toBe('it failed (57P01)');
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
    ['42501', 'permission denied', /a member of telemetry_writer, to read, of telemetry_reader/],
    ['28000', 'no pg_hba.conf entry for host "::1", no encryption', /add \?sslmode=verify-full/],
    ['08P01', 'unsupported startup parameter: statement_timeout', /of the PostgreSQL server itself/],
    ['26000', 'prepared statement "insert fleet" does not exist', /connection pooler/],
    ['25006', 'cannot execute INSERT in a read-only transaction', /address .* of the primary server/],
    ['53100', 'could not extend file', /disk of the database is full/],
    ['53200', 'out of memory', /give it more/],
    ['53200', 'out of shared memory', /raise its max_locks_per_transaction/],
    ['53300', 'sorry, too many clients already', /raise its max_connections/],
    ['28P01', 'password authentication failed', /the password in its address/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /add sslrootcert=/],
  ])('says what to do about %s', (code, message, advice) => {
    expect(describeFailure(Object.assign(new Error(message), { code }))).toMatch(advice);
  });
});
