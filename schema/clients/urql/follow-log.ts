// Follows the log of events without a gap and without a repeat, over any GraphQL library. This file
// is the same in each example.
//
//   list ─► cursor ─► subscribe after the cursor ─► each event moves the cursor
//             ▲                                          │ connection lost, server restarts
//             └────────────── pause ◄────────────────────┘
//
// The server reads `eventLog.headCursor` before the lists of a query. So the subscription delivers
// every run that the list lacks, and sometimes one that it contains.

/** What every subscription of the service delivers. */
export interface Delivery {
  /** Resumes after this event. */
  cursor: string;
  event: { position: number };
}

/** How to read and what to do. */
export interface LogFollower<Delivered extends Delivery> {
  /** Reads the lists. Returns the `eventLog.headCursor` of its first query. */
  list: () => Promise<string>;
  /** Subscribes after a cursor. Settles when the subscription has ended, for whatever reason. */
  subscribe: (after: string, next: (delivery: Delivered) => void) => Promise<void>;
  /** Called once for each event, in the order of the log. */
  onEvent: (delivery: Delivered) => void;
}

/** A GraphQL error of the service, with its code. */
export class ServiceError extends Error {
  readonly code: string;

  constructor(errors: readonly { message: string; extensions?: Record<string, unknown> | undefined }[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.code = String(errors[0]?.extensions?.code);
  }
}

/** The server is busy or its database is away. */
const RETRYABLE = ['UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT'];
/** The events after the cursor are pruned, or the log is another one (restored from a backup). */
const LIST_AGAIN = ['CURSOR_EXPIRED', 'BAD_CURSOR'];

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Follows the log for ever. Rejects with an error that a retry does not fix. */
export async function followLog<Delivered extends Delivery>(
  follower: LogFollower<Delivered>,
): Promise<never> {
  let cursor: string | undefined;
  let position = 0;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    try {
      if (cursor === undefined) {
        cursor = await follower.list();
        position = 0;
      }
      await follower.subscribe(cursor, (delivery) => {
        pauseMs = FIRST_PAUSE_MS;
        // The old connection may still deliver when the new one does.
        if (delivery.event.position <= position) return;
        cursor = delivery.cursor;
        position = delivery.event.position;
        follower.onEvent(delivery);
      });
    } catch (failure) {
      const code = toCode(failure);
      if (code !== undefined && LIST_AGAIN.includes(code)) cursor = undefined;
      else if (code !== undefined && !RETRYABLE.includes(code)) throw failure;
    }
    // Clients that were disconnected together must not return together.
    const jitter = 0.5 + Math.random();
    await new Promise((resolve) => setTimeout(resolve, pauseMs * jitter));
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

/** Returns the code of the service; undefined if the connection failed. */
function toCode(failure: unknown): string | undefined {
  if (failure instanceof ServiceError) return failure.code;
  // The service closes a WebSocket with 4403 if its token is not valid or has expired.
  const isRefused =
    typeof failure === 'object' && failure !== null && 'code' in failure && failure.code === 4403;
  return isRefused ? 'UNAUTHENTICATED' : undefined;
}
