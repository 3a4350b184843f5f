import { Refusal } from '../../domain/refusal.ts';

/**
 * SQL states and driver codes after which the same transaction may succeed (PostgreSQL, appendix "Error Codes"): serialisation,
 * deadlock, and every way in which a connection or a server goes away.
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

/** States in which the database is there and cannot do its work now: trying again at once would not help. */
const OUTAGE_CODES = new Set([
  '53100', // disk_full
  '58030', // io_error
  '53200', // out_of_memory
  '55P03', // lock_not_available
  'CONNECTION_ENDED',
]);

const READ_ONLY = '25006';

/** query_canceled, which only the limit on a statement's time does here. */
const STATEMENT_TIMEOUT = '57014';

/** invalid_parameter_value: of all parameters only a time zone's name can be one. */
const UNKNOWN_TIME_ZONE = '22023';

/** The SQL state or driver code of a failure, also inside what Drizzle wraps around it. */
export function toFailureCode(failure: unknown): string | undefined {
  for (let error = failure; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if (error instanceof AggregateError && error.errors.length > 0) return toFailureCode(error.errors[0]);
  }
  return undefined;
}

/** Tells whether the same work may succeed when tried again. */
export function isTransient(failure: unknown): boolean {
  const code = toFailureCode(failure);
  return code !== undefined && (TRANSIENT_CODES.has(code) || code.startsWith('08'));
}

/** Tells whether work failed because its session accepts no writes. */
export function isReadOnlyFailure(failure: unknown): boolean {
  return toFailureCode(failure) === READ_ONLY;
}

/** What the caller gets: UNAVAILABLE while the database cannot work, the failure itself where the fault is ours. */
export function toCallerError(failure: unknown): unknown {
  const code = toFailureCode(failure);
  if (code === STATEMENT_TIMEOUT) {
    return new Refusal('TIMEOUT', 'This took too long. Ask for less, or narrow it.', {}, failure);
  }
  if (code === UNKNOWN_TIME_ZONE) {
    return new Refusal('BAD_USER_INPUT', 'timeZone: the database does not know this time zone.', {}, failure);
  }
  if (code === READ_ONLY) return readOnly(failure);
  const away = isTransient(failure) || (code !== undefined && OUTAGE_CODES.has(code));
  return away && !(failure instanceof Refusal) ? unavailable(failure) : failure;
}

/** The refusal that says: nothing is wrong with the request, send it again. */
export function unavailable(cause?: unknown): Refusal {
  return new Refusal(
    'UNAVAILABLE',
    'The database cannot be reached now. It is safe to try again.',
    {},
    cause,
  );
}

/** The refusal of a write while the database answers reads alone. */
export function readOnly(cause?: unknown): Refusal {
  const message = 'The database accepts no writes now: it is read-only. It is safe to try again.';
  return new Refusal('UNAVAILABLE', message, {}, cause);
}

/**
 * The TIMEOUT of a read that reached its deadline while the database was there: the read or the work
 * that it waited for took too long. A stream tries the read again; a single request gets the error.
 */
export class Busy extends Refusal<'TIMEOUT'> {
  constructor() {
    const message =
      'This took too long, or waited too long for what others asked. Ask for less, narrow it, or try again later.';
    super('TIMEOUT', message);
  }

  override get isTemporary(): boolean {
    return true;
  }
}
