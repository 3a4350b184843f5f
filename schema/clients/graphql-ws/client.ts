import { initGraphQLTada, type ResultOf, type TadaDocumentNode } from 'gql.tada';
import { type GraphQLError, print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ServiceError } from './follow-log.ts';
import type { introspection } from './generated/graphql-env.d.ts';

/** The service, the tenant to read, and a token with `events:read` where the service needs one. */
export interface Settings {
  url: string;
  tenantId: string;
  token: string | undefined;
}

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; SafeInt: number; JSON: unknown; Date: string };
}>();

// `headCursor` is read before the list, so a subscription after it delivers what the list lacks.
const PAGE = graphql(`
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
const STATISTICS = graphql(`
  query RunStatistics {
    automationRunStats(groupBy: [OUTCOME], orderBy: [{ field: COUNT, direction: DESC }]) {
      outcome
      count
    }
  }
`);
const ENDED = graphql(`
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

/** Creates a client for the runs of a tenant: everything goes over one WebSocket. */
export function createRunsClient({ url, tenantId, token }: Settings) {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket, // not in a browser
    connectionParams: { tenantId, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    // follow-log.ts retries, because each attempt starts after a new cursor.
    retryAttempts: 0,
  });

  /** Runs an operation and calls `next` with each result. Settles when there are no more. */
  function run<Data, Variables extends Record<string, unknown>>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
    next: (data: Data) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      client.subscribe<Data>(
        { query: print(document), variables },
        {
          next({ data, errors }) {
            if (errors) reject(new ServiceError(errors));
            else if (data) next(data);
          },
          error: (failure) => reject(toFailure(failure)),
          complete: resolve,
        },
      );
    });
  }

  async function query<Data, Variables extends Record<string, unknown>>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    let answer: Data | undefined;
    await run(document, variables, (data) => {
      answer = data;
    });
    if (answer === undefined) throw new Error('The connection closed before the answer.');
    return answer;
  }

  return {
    readPage: (after: string | null) => query(PAGE, { after }),
    readStatistics: async () => (await query(STATISTICS, {})).automationRunStats,
    subscribe: (after: string, next: (delivery: ResultOf<typeof ENDED>['automationRunEnded']) => void) =>
      run(ENDED, { after }, ({ automationRunEnded }) => next(automationRunEnded)),
  };
}

/** A list of errors is a refused operation. Everything else is a failed connection. */
function toFailure(failure: unknown): unknown {
  return Array.isArray(failure) ? new ServiceError(failure as GraphQLError[]) : failure;
}
