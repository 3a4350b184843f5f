import { describe } from 'vitest';
import { DATABASE_KINDS, type DatabaseKind } from '../databases/databases.ts';
import { takeTurns } from '../databases/take-turns.ts';
import { type GraphqlClient, Subscription } from './graphql-client.ts';
import { SseSubscription } from './sse-subscription.ts';

export const TRANSPORTS = ['WebSocket', 'SSE'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What the live suites need of a subscription, however it travels. */
export interface LiveSubscription {
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  readonly received: any[];
  readonly completed: boolean;
  readonly error: unknown;
  until(condition: (subscription: this) => boolean, timeoutMs?: number): Promise<this>;
  close(): Promise<void>;
}

/**
 * Runs one suite on each database and over each transport. In the short dose each transport is used
 * on one of the databases, because nothing of a transport depends on the database.
 */
export function describeOnEachTransport(
  name: string,
  suite: (kind: DatabaseKind, transport: Transport) => void,
): void {
  for (const kind of DATABASE_KINDS) {
    for (const transport of takeTurns(kind, TRANSPORTS))
      describe(`${name} (${kind}, ${transport})`, () => suite(kind, transport));
  }
}

export function subscribeOver(
  transport: Transport,
  { url, tenantId, token }: GraphqlClient,
  query: string,
  variables?: Record<string, unknown>,
): LiveSubscription {
  return transport === 'SSE'
    ? new SseSubscription(url, tenantId, query, variables, undefined, undefined, token)
    : new Subscription(url, tenantId, query, variables, token);
}
