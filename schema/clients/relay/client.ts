import { createClient } from 'graphql-ws';
import {
  Environment,
  fetchQuery,
  type GraphQLResponse,
  type GraphQLTaggedNode,
  Network,
  Observable,
  type OperationType,
  RecordSource,
  requestSubscription,
  Store,
} from 'relay-runtime';
import WebSocket from 'ws';
import ENDED, {
  type documentsEndedSubscription,
} from './__generated__/documentsEndedSubscription.graphql.ts';
import PAGE, { type documentsPageQuery } from './__generated__/documentsPageQuery.graphql.ts';
import STATISTICS, {
  type documentsStatisticsQuery,
} from './__generated__/documentsStatisticsQuery.graphql.ts';
import { ServiceError } from './follow-log.ts';

/** The service, the tenant to read, and a token with `events:read` where the service needs one. */
export interface Settings {
  url: string;
  tenantId: string;
  token: string | undefined;
}

type Delivery = documentsEndedSubscription['response']['automationRunEnded'];

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
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text }, variables) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-tenant-id': tenantId, ...authorization },
          body: JSON.stringify({ query: text, variables }),
        });
        const answer = await response.json();
        if (answer.errors) throw new ServiceError(answer.errors);
        return answer;
      },
      ({ text }, variables) =>
        Observable.create<GraphQLResponse>((sink) =>
          webSockets.subscribe(
            { query: text ?? '', variables },
            {
              next: (result) =>
                result.errors
                  ? sink.error(new ServiceError(result.errors))
                  : sink.next(result as GraphQLResponse),
              error: (failure) => sink.error(toFailure(failure)),
              complete: () => sink.complete(),
            },
          ),
        ),
    ),
  });
  const query = async <Operation extends OperationType>(
    document: GraphQLTaggedNode,
    variables: Operation['variables'],
  ): Promise<Operation['response']> => {
    const data = await fetchQuery<Operation>(environment, document, variables).toPromise();
    if (data === undefined) throw new Error('The answer has no data.');
    return data;
  };
  return {
    readPage: (after: string | null) => query<documentsPageQuery>(PAGE, { after }),
    readStatistics: async () => (await query<documentsStatisticsQuery>(STATISTICS, {})).automationRunStats,
    subscribe(after: string, next: (delivery: Delivery) => void) {
      return new Promise<void>((resolve, reject) => {
        requestSubscription<documentsEndedSubscription>(environment, {
          subscription: ENDED,
          variables: { after },
          onNext: (data) => data && next(data.automationRunEnded),
          onError: reject,
          onCompleted: resolve,
        });
      });
    },
  };
}

/** A list of errors is a refused operation. Everything else is a failed connection. */
function toFailure(failure: unknown): Error {
  if (Array.isArray(failure)) return new ServiceError(failure);
  return failure instanceof Error ? failure : Object.assign(new Error('The connection failed.'), failure);
}
