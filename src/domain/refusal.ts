interface CatalogueEntry {
  /** The allowed HTTP statuses. The answer has 200 unless the code that refuses passes another. */
  statuses: readonly number[];
  /** Whether a later retry of the same request may succeed. */
  retryable: boolean;
}

/**
 * Every code in `errors[].extensions.code`, on every transport; other codes do not compile.
 * README, "Error codes", documents what callers do. A test compares both.
 */
export const REFUSALS = {
  BAD_USER_INPUT: { statuses: [200], retryable: false },
  BAD_CURSOR: { statuses: [200], retryable: false },
  CURSOR_EXPIRED: { statuses: [200], retryable: false },
  EVENT_PRUNED: { statuses: [200], retryable: false },
  BATCH_TOO_LARGE: { statuses: [200], retryable: false },
  QUERY_TOO_COMPLEX: { statuses: [200, 400], retryable: false },
  TIMEOUT: { statuses: [200], retryable: true },
  TOO_MANY_GROUPS: { statuses: [200], retryable: false },
  OUT_OF_RANGE: { statuses: [200], retryable: false },
  UNAUTHENTICATED: { statuses: [200, 401], retryable: false },
  TENANT_REQUIRED: { statuses: [200], retryable: false },
  FORBIDDEN: { statuses: [200, 403], retryable: false },
  UNAVAILABLE: { statuses: [200, 503], retryable: true },
  GRAPHQL_PARSE_FAILED: { statuses: [200, 400], retryable: false },
  GRAPHQL_VALIDATION_FAILED: { statuses: [200, 400], retryable: false },
  OPERATION_RESOLUTION_FAILURE: { statuses: [200, 400], retryable: false },
  BAD_REQUEST: { statuses: [200, 400, 405, 406, 408, 415, 426], retryable: false },
  PERSISTED_QUERY_NOT_SUPPORTED: { statuses: [200, 400], retryable: false },
  PERSISTED_QUERY_NOT_FOUND: { statuses: [200, 400], retryable: false },
  PERSISTED_ONLY: { statuses: [200, 400], retryable: false },
  RATE_LIMITED: { statuses: [200, 429], retryable: true },
  REQUEST_ENTITY_TOO_LARGE: { statuses: [413], retryable: false },
  NOT_FOUND: { statuses: [404], retryable: false },
  INTERNAL_SERVER_ERROR: { statuses: [200, 500], retryable: true },
} as const satisfies Record<string, CatalogueEntry>;

export type RefusalCode = keyof typeof REFUSALS;

/** The HTTP statuses that a code may have. */
export type StatusOf<Code extends RefusalCode> = (typeof REFUSALS)[Code]['statuses'][number];

/** Extensions that are sent beside the code. */
export type RefusalDetails = Readonly<Record<string, string | number | boolean | object>>;

/** An error that the caller can act on; other errors are masked. `details` are extensions. */
export class Refusal<Code extends RefusalCode = RefusalCode> extends Error {
  readonly code: Code;
  readonly details: RefusalDetails;

  constructor(code: Code, message: string, details: RefusalDetails = {}, cause?: unknown) {
    super(message, { cause });
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }

  /** The lines that a command prints, like those of a Misconfiguration. */
  get problems(): readonly string[] {
    return [this.message];
  }

  /** Whether a stream waits and retries the work, because the work itself is valid. */
  get isTemporary(): boolean {
    return this.code === 'UNAVAILABLE';
  }
}

/** Returns whether the database is away or busy; a stream then retries instead of ending. */
export function isTemporary(failure: unknown): boolean {
  return failure instanceof Refusal && failure.isTemporary;
}
