import { createYoga } from 'graphql-yoga';
import type { Logger } from 'pino';
import { toClientError } from '../execution/client-error.ts';
import { useCompiledExecution } from '../execution/compiled-execution.ts';
import { useCostLimit } from '../execution/cost.ts';
import { useLiveSubscriptions } from '../execution/live/subscribe.ts';
import { SubscriptionSlots } from '../execution/live/subscription-slots.ts';
import { useVariableDepthLimit } from '../execution/variable-depth.ts';
import type { Feed } from '../feed/open-feed.ts';
import type { GraphContext, IngestSettings } from '../graphql/context.ts';
import { createLiveStates } from '../graphql/live/live-states.ts';
import { createLoaders } from '../graphql/loaders.ts';
import { schema } from '../graphql/schema.ts';
import type { IngestQueue } from '../ingest/open-ingest-queue.ts';
import type { Database } from '../store/database/database.ts';
import { useAcceptable } from './accept.ts';
import type { BodyBudget } from './body-budget.ts';
import { useReadableGetParameters } from './get-parameters.ts';
import type { ServerContext } from './identity/gate.ts';
import { useJsonOnly, useQueriesOnlyByGet, useTokenLimit, useWholeSubscriptions } from './limits.ts';
import { DOCUMENT_IDS, usePersistedQueryRefusal } from './persisted-queries.ts';
import { useBodyReader } from './read-body.ts';
import { useEventStreams } from './sse/event-streams.ts';
import type { LiveLimits } from './websocket/socket-limits.ts';

/** The parts and settings of the GraphQL server. */
export interface GraphqlParts extends IngestSettings, LiveLimits {
  database: Database;
  feed: Feed;
  ingestQueue: IngestQueue;
  log: Logger;
  maxBodyBytes: number;
  /** Limits the bytes of bodies and messages while they are read and answered. */
  bodyBudget: BodyBudget;
  /** Whether the server is stopping. */
  isDraining: () => boolean;
}

export type Yoga = ReturnType<typeof createGraphqlServer>;

/** Creates the GraphQL server of every transport: one context, one set of limits. */
export function createGraphqlServer(parts: GraphqlParts) {
  const { database, feed, ingestQueue, log, maxBatch, maxEventBytes } = parts;
  const { maxBodyBytes } = parts;
  const live = createLiveStates(database, feed);
  return createYoga<ServerContext, GraphContext>({
    schema,
    graphqlEndpoint: '/graphql',
    logging: false,
    landingPage: false,
    multipart: false,
    batching: false,
    // A plugin reads and limits the body.
    maxRequestBodySize: false,
    // cors.ts handles every answer of the endpoint.
    cors: false,
    maskedErrors: { maskError: (error) => toClientError(error, log) },
    // Clients may send ids of stored documents.
    extraParamNames: [...DOCUMENT_IDS],
    plugins: [
      useJsonOnly(),
      useBodyReader({
        maxBodyBytes,
        bodyBudget: parts.bodyBudget,
        retryAfterMs: () => ingestQueue.retryAfterMs,
      }),
      useReadableGetParameters(),
      useAcceptable(),
      usePersistedQueryRefusal(),
      useTokenLimit(),
      useQueriesOnlyByGet(),
      useWholeSubscriptions(),
      useCostLimit(),
      useVariableDepthLimit(),
      useCompiledExecution(),
      useLiveSubscriptions({
        slots: new SubscriptionSlots(parts.maxSubscriptions),
        toClientError: (error) => toClientError(error, log),
      }),
      useEventStreams(parts.slowClientSeconds, parts.isDraining),
    ],
    // serve-graphiql.ts serves it, compressed and cached.
    graphiql: false,
    context: ({ request, admission }: ServerContext & { request?: Request }) => ({
      database,
      feed,
      ingest: { maxBatch, maxEventBytes },
      ingestQueue,
      load: createLoaders(database),
      live,
      children: new Map(),
      childStats: new Map(),
      lastEventId: request?.headers.get('last-event-id') || undefined,
      caller: admission.toCaller(),
    }),
  });
}
