import { Client, type CombinedError, fetchExchange, subscriptionExchange } from '@urql/core';
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
  const client = new Client({
    url,
    preferGetMethod: false,
    // Each list is newer than the one before.
    requestPolicy: 'network-only',
    fetchOptions: { headers: { 'x-tenant-id': tenantId, ...authorization } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: webSockets.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
  return {
    async readPage(after: string | null) {
      return toData(await client.query(PAGE, { after }));
    },
    async readStatistics() {
      return toData(await client.query(STATISTICS, {})).automationRunStats;
    },
    subscribe(after: string, next: (delivery: RunEndedSubscription['automationRunEnded']) => void) {
      return new Promise<void>((resolve, reject) => {
        const { unsubscribe } = client.subscription(ENDED, { after }).subscribe((result) => {
          if (result.data) next(result.data.automationRunEnded);
          if (result.error) reject(toFailure(result.error));
          if (result.error || !result.hasNext) unsubscribe();
          if (!result.hasNext) resolve();
        });
      });
    },
  };
}

function toData<Data>({ data, error }: { data?: Data | undefined; error?: CombinedError | undefined }): Data {
  if (error) throw toFailure(error);
  if (!data) throw new Error('The answer has no data.');
  return data;
}

/** Returns the errors of the service, or why the connection failed. */
function toFailure({ graphQLErrors, networkError }: CombinedError): unknown {
  return graphQLErrors.length > 0 ? new ServiceError(graphQLErrors) : networkError;
}
