import { Refusal } from '../../domain/refusal.ts';

/**
 * SQL states and driver codes after which the same transaction may succeed: serialisation,
 * deadlock, and every loss of a connection or a server (PostgreSQL, appendix "Error Codes").
 */
const TRANSIENT_CODES = new Set([
  '25006', // read_only_sql_transaction: another session or another server may accept writes
  '25P03', // idle_in_transaction_session_timeout: this process was stopped for a while
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** States in which the database answers and cannot work. An immediate retry would not help. */
const OUTAGE_CODES = new Set([
  '53100', // disk_full
  '58030', // io_error
  '53200', // out_of_memory
  '55P03', // lock_not_available
  'CONNECTION_ENDED',
]);

const READ_ONLY = '25006';

/** query_canceled. Only the statement timeout causes it here. */
const STATEMENT_TIMEOUT = '57014';

/** invalid_parameter_value. Of all parameters, only the name of a time zone can cause it. */
const UNKNOWN_TIME_ZONE = '22023';

/** Returns the SQL state or driver code of a failure, or of its cause, which Drizzle wraps. */
export function toFailureCode(failure: unknown): string | undefined {
  for (let error = failure; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if (error instanceof AggregateError && error.errors.length > 0) return toFailureCode(error.errors[0]);
  }
  return undefined;
}

/** Returns whether a retry of the same work may succeed. */
export function isTransient(failure: unknown): boolean {
  const code = toFailureCode(failure);
  return code !== undefined && (TRANSIENT_CODES.has(code) || code.startsWith('08'));
}

/** Returns whether work failed because its session accepts no writes. */
export function isReadOnlyFailure(failure: unknown): boolean {
  return toFailureCode(failure) === READ_ONLY;
}

/** Returns a Refusal if the database cannot work or the caller can act, else the failure. */
export function toCallerError(failure: unknown): unknown {
  const code = toFailureCode(failure);
  if (code === STATEMENT_TIMEOUT) {
    return new Refusal(
      'TIMEOUT',
      'The statement took too long. Request less, or narrow the filter.',
      {},
      failure,
    );
  }
  if (code === UNKNOWN_TIME_ZONE) {
    return new Refusal('BAD_USER_INPUT', 'timeZone: the database does not know this time zone.', {}, failure);
  }
  if (code === READ_ONLY) return readOnly(failure);
  const away = isTransient(failure) || (code !== undefined && OUTAGE_CODES.has(code));
  return away && !(failure instanceof Refusal) ? unavailable(failure) : failure;
}

/** Returns the refusal of a valid request during an outage. A retry is safe. */
export function unavailable(cause?: unknown): Refusal {
  return new Refusal('UNAVAILABLE', 'The database cannot be reached now. It is safe to retry.', {}, cause);
}

/** Returns the refusal of a write to a read-only database. */
export function readOnly(cause?: unknown): Refusal {
  const message = 'The database accepts no writes now: it is read-only. It is safe to retry.';
  return new Refusal('UNAVAILABLE', message, {}, cause);
}

/**
 * The TIMEOUT of a read that reached its deadline while the database was available. The read,
 * or work that it waited for, took too long. A stream retries the read. A single request
 * reports the error.
 */
export class Busy extends Refusal<'TIMEOUT'> {
  constructor() {
    const message =
      'The read took too long, or waited too long for other reads. Request less, narrow the filter, or retry later.';
    super('TIMEOUT', message);
  }

  override get isTemporary(): boolean {
    return true;
  }
}
