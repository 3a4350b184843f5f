import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
  ServerError,
} from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ServiceError } from './follow-log.ts';
import type { RunEndedSubscription } from './generated/graphql.ts';
import { graphql } from './generated/index.ts';

/** The service, the tenant to read, and a token with `events:read` where the service needs one. */
export interface Settings {
  url: string;
  tenantId: string;
  token: string | undefined;
}

// Apollo's link reads the global `WebSocket` when a connection fails. Node 20 has none.
globalThis.WebSocket ??= WebSocket as typeof globalThis.WebSocket;

// `headCursor` is read before the list, so a subscription after it delivers what the list lacks.
const PAGE = graphql(/* GraphQL */ `
  query RunsPage($after: String) {
    eventLog {
      headCursor
    }
    automationRuns(first: 20, after: $after) {
      nodes {
        id
        runId
        status
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
const STATISTICS = graphql(/* GraphQL */ `
  query RunStatistics {
    automationRunStats(groupBy: [OUTCOME], orderBy: [{ field: COUNT, direction: DESC }]) {
      outcome
      count
    }
  }
`);
const ENDED = graphql(/* GraphQL */ `
  subscription RunEnded($after: String!) {
    automationRunEnded(after: $after) {
      cursor
      event {
        position
      }
      run {
        id
        runId
        status
      }
    }
  }
`);

/** Creates a client for the runs of a tenant: queries over HTTP, subscriptions over a WebSocket. */
export function createRunsClient({ url, tenantId, token }: Settings) {
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const webSockets = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket, // not in a browser
    connectionParams: { tenantId, ...authorization },
    // follow-log.ts retries, because each attempt starts after a new cursor.
    retryAttempts: 0,
  });
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(webSockets),
      new HttpLink({ uri: url, headers: { 'x-tenant-id': tenantId, ...authorization } }),
    ),
    // Each list is newer than the one before.
    defaultOptions: { query: { fetchPolicy: 'network-only' } },
  });
  return {
    async readPage(after: string | null) {
      return toData(await client.query({ query: PAGE, variables: { after } }).catch(fail));
    },
    async readStatistics() {
      return toData(await client.query({ query: STATISTICS }).catch(fail)).automationRunStats;
    },
    subscribe(after: string, next: (delivery: RunEndedSubscription['automationRunEnded']) => void) {
      return new Promise<void>((resolve, reject) => {
        client.subscribe({ query: ENDED, variables: { after } }).subscribe({
          next({ data, error }) {
            if (data) next(data.automationRunEnded);
            if (error) reject(toFailure(error));
          },
          error: (failure) => reject(toFailure(failure)),
          complete: resolve,
        });
      });
    },
  };
}

function toData<Data>({ data }: { data?: Data | undefined }): Data {
  if (!data) throw new Error('The answer has no data.');
  return data;
}

function fail(failure: unknown): never {
  throw toFailure(failure);
}

/** Returns the errors of the service, or why the connection failed. */
function toFailure(failure: unknown): unknown {
  if (CombinedGraphQLErrors.is(failure)) return new ServiceError(failure.errors);
  // The service refused the whole request, such as one with a bad token.
  if (ServerError.is(failure) && failure.bodyText.startsWith('{"errors"')) {
    return new ServiceError(JSON.parse(failure.bodyText).errors);
  }
  return failure;
}
