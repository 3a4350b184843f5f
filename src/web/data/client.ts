import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createLiveClient, type Client as LiveClient } from 'graphql-ws';
import { tenantStore } from '../routing/tenant.ts';
import { tokenStore } from './session.ts';

/** The WebSocket's parameters are sent once, so each caller has a WebSocket of its own. */
let live: { caller: string; client: LiveClient } | undefined;

/** The time between pings. A WebSocket without an answer for so long again is closed. */
const PING_MS = 10_000;

/** The WebSocket's close code for a token that is missing, wrong or expired. */
const REFUSED_TOKEN = 4403;

/** The page's only client: queries over HTTP, subscriptions over one WebSocket. */
export const client = new Client({
  url: '/graphql',
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: openLiveClient().subscribe(
            { query, variables: { ...variables } },
            {
              next: ({ data = null, errors }) => sink.next({ data, ...(errors && { errors }) }),
              error: (failure) => sink.error(toErrors(failure)),
              // The API ends no subscription by itself, so each end is a failure.
              complete: () => sink.error(toErrors(undefined)),
            },
          ),
        }),
      }),
    }),
  ],
  requestPolicy: 'network-only',
  preferGetMethod: false,
  fetchOptions: () => ({ headers: toHeaders() }),
});

function toHeaders(): Record<string, string> {
  const token = tokenStore.get();
  const tenant = tenantStore.get();
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    // The API reads the bytes of the header as UTF-8.
    ...(tenant !== undefined && {
      'x-tenant-id': String.fromCharCode(...new TextEncoder().encode(tenant)),
    }),
  };
}

function openLiveClient(): LiveClient {
  const token = tokenStore.get();
  const tenantId = tenantStore.get();
  const caller = JSON.stringify([token, tenantId]);
  if (live?.caller === caller) return live.client;
  void live?.client.dispose();
  const opened = createLiveClient({
    url: new URL('/graphql', location.href.replace(/^http/, 'ws')).href,
    connectionParams: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(tenantId !== undefined && { tenantId }),
    },
    keepAlive: PING_MS,
    // A subscription that ends is continued from its last cursor (live-feed.ts).
    retryAttempts: 0,
  });
  live = { caller, client: opened };
  watchSilence(opened);
  return opened;
}

/** Closes a WebSocket that does not answer a ping. */
function watchSilence(opened: LiveClient): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  opened.on('ping', (isReceived) => {
    if (!isReceived) timer = setTimeout(() => opened.terminate(), PING_MS / 2);
  });
  opened.on('pong', () => clearTimeout(timer));
  opened.on('closed', () => clearTimeout(timer));
}

/** Converts the end of a subscription to errors with codes. */
function toErrors(failure: unknown): unknown {
  if (Array.isArray(failure)) return failure;
  const isRefusedToken =
    typeof failure === 'object' && failure !== null && 'code' in failure && failure.code === REFUSED_TOKEN;
  const code = isRefusedToken ? 'UNAUTHENTICATED' : 'NETWORK';
  return [{ message: 'The connection has ended.', extensions: { code } }];
}
