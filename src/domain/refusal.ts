/**
 * Every code a caller can meet in `errors[].extensions.code`, apart from the masked INTERNAL_SERVER_ERROR and Yoga's own
 * parse and validation codes (contract, "Error codes").
 */
export type RefusalCode =
  | 'FORBIDDEN'
  | 'TENANT_REQUIRED'
  | 'BAD_USER_INPUT'
  | 'BAD_CURSOR'
  | 'CURSOR_EXPIRED'
  | 'EVENT_PRUNED'
  | 'BATCH_TOO_LARGE'
  | 'QUERY_TOO_COMPLEX'
  | 'TOO_MANY_GROUPS'
  | 'OUT_OF_RANGE'
  | 'RATE_LIMITED'
  | 'TIMEOUT'
  | 'UNAVAILABLE';

/** An answer the caller can act on: never a fault of the service, never masked. `details` are sent as extensions. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: RefusalCode,
    message: string,
    details: Record<string, string | number> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** Tells whether something failed because the database is away, so that it may go well later. */
export function isUnavailable(failure: unknown): boolean {
  return failure instanceof Refusal && failure.code === 'UNAVAILABLE';
}
