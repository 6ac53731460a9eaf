import { DatabaseError } from 'pg';
import { messageOf, systemCodeOf } from '../runtime/errors.ts';

/** Whether the same statement may work later, or fails for the sake of one row, or fails until somebody acts. */
export type FailureClass = 'temporary' | 'row' | 'permanent';

/** Connection exceptions, lack of resources, operator intervention, invalid transaction state. */
const temporaryKinds = ['08', '53', '57', '25'];
/** Data exceptions, broken constraints. */
const rowKinds = ['22', '23'];

/** What is not as its first two characters say. */
const stateClasses: Readonly<Record<string, FailureClass>> = {
  // Serialization failure, deadlock, and an end that the server could not tell of: storing again changes nothing.
  '40001': 'temporary',
  '40P01': 'temporary',
  '40003': 'temporary',
  // A lock not had in time, an object in use, and DDL that somebody else was quicker with.
  '55P03': 'temporary',
  '55006': 'temporary',
  '42701': 'temporary',
  '42P07': 'temporary',
  // The database's disk fails to read or to write.
  '58030': 'temporary',
  // A statement cancelled for its duration, and a database that was dropped.
  '57014': 'permanent',
  '57P04': 'permanent',
  // Too large for an index entry, nested too deep, and too many rows of a compressed chunk at once.
  '54000': 'row',
  '54001': 'row',
  '53400': 'row',
};

/** What `pg` says without a code when it has no connection. */
const connectionMessage = /connection|timeout|terminated|calling end on the pool/i;

export function classifyFailure(thrown: unknown): FailureClass {
  const code = systemCodeOf(thrown);
  if (code === undefined) return connectionMessage.test(messageOf(thrown)) ? 'temporary' : 'permanent';
  if (!isSqlState(code))
    return /^E[A-Z_]+$/.test(code) && !code.startsWith('ERR_') ? 'temporary' : 'permanent';
  if (isWithoutPartition(thrown) || isOutOfTransactions(thrown)) return 'temporary';
  const known = code === '0A000' ? classifyUnsupported(thrown) : stateClasses[code];
  if (known !== undefined) return known;
  const kind = code.slice(0, 2);
  if (temporaryKinds.includes(kind)) return 'temporary';
  return rowKinds.includes(kind) ? 'row' : 'permanent';
}

/** A row whose partition is missing, as after somebody dropped the default one: maintenance makes it within a round. */
function isWithoutPartition(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && thrown.code === '23514' && thrown.routine === 'ExecFindPartition';
}

/**
 * Of a server that has no transaction numbers left, and so writes nothing before it was vacuumed: it has the code of a value that is too
 * large, but whatever the row, it would be refused.
 */
function isOutOfTransactions(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && /^GetNew(Transaction|MultiXact)Id$/.test(thrown.routine ?? '');
}

/** What the server "does not support" for now: a plan from before a migration, or a row in a chunk that is compressed. */
function classifyUnsupported(thrown: unknown): FailureClass {
  if (thrown instanceof DatabaseError && thrown.routine === 'RevalidateCachedQuery') return 'temporary';
  return /compressed|columnstore/.test(messageOf(thrown)) ? 'row' : 'permanent';
}

/** No SQLSTATE begins with E, as the codes of system errors do. */
function isSqlState(code: string): boolean {
  return /^[0-9FHPX][0-9A-Z]{4}$/.test(code);
}

/** Two transactions met: the same one, tried again, is likely to work. */
export function isConflict(thrown: unknown): boolean {
  const code = systemCodeOf(thrown);
  return code === '40001' || code === '40P01';
}

/** A mistake in our own code, which no later attempt mends, rather than anything the server or the connection said. */
export function isOwnFault(thrown: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((fault) => thrown instanceof fault);
}

/** A failure in one line, with what to do where that is known; never the values of a row. */
export function describeFailure(thrown: unknown): string {
  const code = systemCodeOf(thrown);
  // Where a name has several addresses, Node gives an error without a message for all of them.
  const message = messageOf(thrown) || 'no connection';
  if (code === undefined) return message;
  const advice = isOutOfTransactions(thrown) ? vacuumAdvice : adviceFor(code, message);
  return `${message} (${code})${advice === undefined ? '' : `: ${advice}`}`;
}

const unverified =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT.*)$/;

/** What to do where a table is missing. */
export const unmigrated = 'the database is not migrated; run "ciris-telemetry migrate"';
/** Where what we set and lock for a session is lost. */
export const poolerAdvice =
  'the address is that of a connection pooler such as PgBouncer; give that of the PostgreSQL server itself';

/** Of a statement that reaches more partitions at once than the server has locks for. */
const lockAdvice =
  'the database has no lock left; raise its max_locks_per_transaction, which takes a restart, or keep rows for less long';

const vacuumAdvice =
  'vacuum the database that it names, and first end old transactions, also prepared ones, and drop replication slots that nobody reads';

/** Why a server writes nothing. */
export const readOnlyAdvice =
  'the address is that of a standby, or the server lets nobody write; give that of the primary server';

const stateAdvice: Readonly<Record<string, string>> = {
  '42P01': unmigrated,
  '42703': unmigrated,
  '3F000': unmigrated,
  '26000': poolerAdvice,
  '42P05': poolerAdvice,
  '25006': readOnlyAdvice,
  '53100': 'the disk of the database is full; make room on it',
  '53200': 'the database is out of memory; give it more, or fewer other tasks',
  '53300': 'the database has no connection left; raise its max_connections, or end what holds them',
  '53400': 'a limit of the database was met; raise the limit that it names',
  '28P01': 'the password in its address is not that of the role',
};

function adviceFor(code: string, message: string): string | undefined {
  if (code === '53200' && message.includes('shared memory')) return lockAdvice;
  if (code === '42501') return rightsAdvice;
  if (message.startsWith('unsupported startup parameter')) return poolerAdvice;
  if (code === '28000' && message.includes('no encryption'))
    return 'the server wants TLS; add ?sslmode=verify-full to its address';
  if (unverified.test(code))
    return "add sslrootcert=/path/to/ca.pem to its address, the certificate of the authority that signed the server's";
  return stateAdvice[code];
}

/** What a role needs. */
export const rightsAdvice =
  'this role lacks a right; to store, make it a member of telemetry_writer, to read, of telemetry_reader ' +
  '(as in GRANT telemetry_writer TO role); to migrate, it must own the schema telemetry, or may create it';
