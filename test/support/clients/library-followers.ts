import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startAfter } from '../events/log-cursor.ts';
import type { Transport } from './transports.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { cursor event { position } } }';

interface Result {
  data?: { eventStored?: { cursor: string; event: { position: number } } | null } | null;
  errors?: unknown;
}

/** A subscriber as users write one, with a library that reconnects by itself. */
export interface LibraryFollower {
  /** Of what it was sent, over all connections, in the order delivered. */
  readonly positions: number[];
  /** The errors other than a lost connection. */
  readonly errors: unknown[];
  /** How often it connected. */
  readonly connects: number;
  close(): Promise<void>;
}

/**
 * Follows a tenant's log from its start, over graphql-ws with `after`, or graphql-sse with
 * Last-Event-ID; `toUrl` says where to connect now.
 */
export function followWithLibrary(
  transport: Transport,
  tenantId: string,
  toUrl: () => string,
): LibraryFollower {
  const positions: number[] = [];
  const errors: unknown[] = [];
  // Both libraries send what is in here at the time, whenever they connect again.
  const variables = startAfter(tenantId);
  let connects = 0;
  let isClosed = false;
  const retry = {
    retryAttempts: Number.POSITIVE_INFINITY,
    // The first wait of the libraries' own grows to minutes.
    pause: () => sleep(20 + 200 * Math.random()),
  };
  const toUrlNow = () => {
    connects += 1;
    return `${toUrl()}/graphql`;
  };
  const client =
    transport === 'SSE'
      ? createSseClient({
          url: toUrlNow,
          retryAttempts: retry.retryAttempts,
          retry: retry.pause,
          headers: () => ({ 'x-tenant-id': tenantId, 'last-event-id': variables.after }),
        })
      : createWsClient({
          url: () => toUrlNow().replace(/^http/, 'ws'),
          webSocketImpl: WebSocket,
          connectionParams: { tenantId },
          retryAttempts: retry.retryAttempts,
          shouldRetry: () => true,
          retryWait: retry.pause,
        });
  const sent = { query: EVENTS, variables: transport === 'SSE' ? startAfter(tenantId) : variables };
  const take = ({ data, errors: told }: Result) => {
    if (told !== undefined) throw told;
    if (!data?.eventStored) return;
    variables.after = data.eventStored.cursor;
    positions.push(data.eventStored.event.position);
  };
  const following = (async () => {
    while (!isClosed) {
      try {
        for await (const result of client.iterate(sent)) take(result as Result);
      } catch (failure) {
        if (!isClosed && !isAboutAbsence(failure)) errors.push(failure);
      }
      await retry.pause();
    }
  })();
  return {
    positions,
    errors,
    get connects() {
      return connects;
    },
    async close() {
      isClosed = true;
      client.dispose();
      await following;
    },
  };
}

/**
 * The server or the database is away: libraries give the answer's status, the service says
 * UNAVAILABLE.
 */
function isAboutAbsence(failure: unknown): boolean {
  const text = `${String(failure)} ${JSON.stringify(failure)}`;
  return /UNAVAILABLE|503|fetch failed|terminated|ECONN/.test(text);
}
