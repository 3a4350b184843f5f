import type { TokenRate } from '../../domain/token-bucket.ts';

/** Limits of live connections, from the settings (README, "Settings"). */
export interface LiveLimits {
  /** WebSockets of one tenant on one server. */
  maxConnections: number;
  /** Subscriptions of one tenant on one server, over WebSockets and SSE together. */
  maxSubscriptions: number;
  /** Subscriptions of one caller on one server. */
  maxCallerSubscriptions: number;
  /** Operations in progress on one WebSocket. */
  maxConnectionOperations: number;
  /** Seconds within which a client has to take what was sent to it. */
  slowClientSeconds: number;
}

/**
 * The messages that one WebSocket may send: the size of the token bucket and its refill per
 * second.
 */
export const MESSAGE_RATE: TokenRate = { burst: 1_000, perSecond: 100 };

/**
 * Our close codes and their reasons, beside others of graphql-transport-ws, 1001 (going away)
 * and 1009 (too big).
 */
export const CLOSE_REASONS = {
  1013: 'No token can be verified now: try again later',
  4403: 'No valid token',
  4410: 'Too slow: resume with the last cursor',
  4420: 'Too many connections of this tenant',
  4421: 'Too many subscriptions',
  4422: 'Too many messages',
} as const;
export type CloseCode = keyof typeof CLOSE_REASONS;
