import { messageOf, systemCodeOf } from '../runtime/errors.ts';

/** Whether the same statement may work later, or fails for the sake of one row, or fails until somebody acts. */
export type FailureClass = 'temporary' | 'row' | 'permanent';

/** Connection exceptions, lack of resources, operator intervention, invalid transaction state. */
const temporaryClasses = new Set(['08', '53', '57', '25']);
/** Serialization failure, deadlock, lock not available, and DDL that somebody else was quicker with. */
const temporaryStates = new Set(['40001', '40P01', '55P03', '42701', '42P07']);
/** A statement cancelled for its duration, and a database that was dropped. */
const permanentStates = new Set(['57014', '57P04']);
/** Data exceptions, broken constraints, limits of the program such as the size of an index entry. */
const rowClasses = new Set(['22', '23', '54']);
/** What `pg` says without a code when it has no connection. */
const connectionMessage = /connection|timeout|terminated|calling end on the pool/i;

export function classifyFailure(thrown: unknown): FailureClass {
  const code = systemCodeOf(thrown);
  if (code === undefined) return connectionMessage.test(messageOf(thrown)) ? 'temporary' : 'permanent';
  if (!isSqlState(code))
    return /^E[A-Z_]+$/.test(code) && !code.startsWith('ERR_') ? 'temporary' : 'permanent';
  if (permanentStates.has(code)) return 'permanent';
  const kind = code.slice(0, 2);
  if (temporaryStates.has(code) || temporaryClasses.has(kind)) return 'temporary';
  return rowClasses.has(kind) ? 'row' : 'permanent';
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
  const advice = adviceFor(code, message);
  return `${message} (${code})${advice === undefined ? '' : `: ${advice}`}`;
}

const unverified =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT.*)$/;

function adviceFor(code: string, message: string): string | undefined {
  if (code === '42P01' || code === '42703' || code === '3F000') {
    return 'the database is not migrated; run "ciris-telemetry migrate"';
  }
  if (code === '42501') return rightsAdvice;
  if (code === '26000' || code === '42P05' || message.startsWith('unsupported startup parameter'))
    return 'the address is that of a connection pooler such as PgBouncer; give that of the PostgreSQL server itself';
  if (code === '28000' && message.includes('no encryption'))
    return 'the server wants TLS; add ?sslmode=verify-full to its address';
  return unverified.test(code)
    ? "add sslrootcert=/path/to/ca.pem to its address, the certificate of the authority that signed the server's"
    : undefined;
}

/** What a role needs. */
export const rightsAdvice =
  'this role lacks a right; to store and read it needs USAGE on the schema telemetry, and SELECT, INSERT and UPDATE on its tables; ' +
  'to migrate, the right to create them';
