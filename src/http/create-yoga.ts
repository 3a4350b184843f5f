import { createYoga } from 'graphql-yoga';
import type { Logger } from 'pino';
import { LruCache } from '../domain/lru-cache.ts';
import { toClientError } from '../execution/client-error.ts';
import { createExecute } from '../execution/compiled-execution.ts';
import { type CostMeter, createCostMeter, limitCost } from '../execution/cost.ts';
import { useDocumentLimits } from '../execution/document-limits.ts';
import {
  type IntrospectionAccess,
  limitIntrospection,
  useHiddenSuggestions,
  withoutSuggestion,
} from '../execution/introspection.ts';
import { KnownOperations } from '../execution/known-operations.ts';
import type { OnDelivery } from '../execution/live/broadcast-groups.ts';
import { createSubscribe } from '../execution/live/subscribe.ts';
import { SubscriptionSlots } from '../execution/live/subscription-slots.ts';
import { measureOperations } from '../execution/operation-metrics.ts';
import { type Stage, useOperationStages } from '../execution/operation-stages.ts';
import { showErrors, type ToShownError } from '../execution/shown-errors.ts';
import { traceOperations } from '../execution/traced-operations.ts';
import { useValidationCache } from '../execution/validation-cache.ts';
import { limitVariables } from '../execution/variable-limits.ts';
import type { Feed } from '../feed/open-feed.ts';
import type { GraphContext, IngestSettings } from '../graphql/context.ts';
import { createLiveStates } from '../graphql/live/live-states.ts';
import { createLoaders } from '../graphql/loaders.ts';
import { schema } from '../graphql/schema.ts';
import type { IngestQueue } from '../ingest/open-ingest-queue.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import type { Database } from '../store/database/database.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { BodyBudget } from './body-budget.ts';
import { useCompressedAnswers } from './coding/compressed-answers.ts';
import type { CallerRates } from './identity/caller-rates.ts';
import { type ServerContext, type ServerContexts, useServerContexts } from './identity/server-contexts.ts';
import {
  DOCUMENT_IDS,
  type DocumentSource,
  type PersistedSettings,
  usePersistedQueries,
} from './persisted/persisted-queries.ts';
import { useBodyReader } from './read-body.ts';
import { useRequestChecks } from './request-checks.ts';
import { useEventStreams } from './sse/event-streams.ts';
import { useSubscriptionRules } from './subscription-rules.ts';
import { traceDeliveries } from './trace-deliveries.ts';
import type { LiveLimits } from './websocket/socket-limits.ts';

/** The most documents in the cache. One of 2,000 tokens takes half a megabyte. */
const MAX_DOCUMENTS = 300;
/** The most refused documents in the cache. Each takes its text. */
const MAX_SYNTAX_ERRORS = 50;

/** The parts and settings of the GraphQL server. */
export interface GraphqlParts extends IngestSettings, LiveLimits, PersistedSettings {
  introspection: IntrospectionAccess;
  /** The contexts of the requests that are passed to Yoga. */
  contexts: ServerContexts;
  /** Finds the documents that operations name. */
  documents: DocumentSource;
  /** Counts what callers send. */
  rates: CallerRates;
  database: Database;
  feed: Feed;
  ingestQueue: IngestQueue;
  log: Logger;
  /** Measures the service; undefined if METRICS is off. */
  metrics?: ServiceMetrics | undefined;
  /** Traces the service; undefined without a collector. */
  tracing?: Tracing | undefined;
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
  const { maxBodyBytes, introspection, rates, metrics } = parts;
  const live = createLiveStates(database, feed);
  const measureCost = createCostMeter(maxBatch);
  const toShownError: ToShownError = (error, ids) => {
    const shown = toClientError(error, log, ids);
    return introspection === 'all' ? shown : withoutSuggestion(shown);
  };
  return createYoga<ServerContext, GraphContext>({
    schema,
    graphqlEndpoint: '/graphql',
    logging: false,
    landingPage: false,
    multipart: false,
    batching: false,
    parserAndValidationCache: {
      documentCache: new LruCache(MAX_DOCUMENTS),
      errorCache: new LruCache(MAX_SYNTAX_ERRORS),
      validationCache: false,
    },
    // A plugin reads and limits the body.
    maxRequestBodySize: false,
    // cors.ts handles every answer of the endpoint.
    cors: false,
    maskedErrors: { maskError: (error) => toShownError(error) },
    // Clients may send ids of stored documents.
    extraParamNames: [...DOCUMENT_IDS],
    plugins: [
      useServerContexts(parts.contexts),
      useRequestChecks(),
      useBodyReader({
        maxBodyBytes,
        bodyBudget: parts.bodyBudget,
        retryAfterMs: () => ingestQueue.retryAfterMs,
      }),
      usePersistedQueries(parts.documents),
      useDocumentLimits(),
      useSubscriptionRules(),
      useHiddenSuggestions(introspection),
      useValidationCache(),
      useOperationStages(
        toStages(parts, measureCost, toShownError),
        createExecute(),
        createSubscribe({
          tenantSlots: new SubscriptionSlots(parts.maxSubscriptions),
          callerSlots: new SubscriptionSlots(parts.maxCallerSubscriptions),
          measureCost,
          toClientError: toShownError,
          metrics,
          onDelivery: toDeliveryListener(parts),
        }),
      ),
      useEventStreams(parts.slowClientSeconds, parts.isDraining),
      useCompressedAnswers(),
    ],
    // serve-graphiql.ts serves it, compressed and cached.
    graphiql: false,
    context: ({ request, admission, ids }: ServerContext & { request?: Request }) => ({
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
      callerKey: admission.callerKey,
      ids,
      takeEvents: (count) => rates.takeEvents(admission.callerKey, count),
    }),
  });
}

/** Returns the stages of every operation. The first ones also see what the others refuse. */
function toStages(
  { tracing, metrics, documents, introspection }: GraphqlParts,
  measureCost: CostMeter,
  toShownError: ToShownError,
): Stage[] {
  return [
    ...(tracing === undefined ? [] : [traceOperations(tracing)]),
    ...(metrics === undefined ? [] : [measureOperations(metrics, new KnownOperations(documents.known))]),
    ...(introspection === 'all' ? [] : [limitIntrospection(introspection)]),
    showErrors(toShownError),
    limitCost(measureCost),
    limitVariables(),
  ];
}

/** Returns what measures and traces deliveries; undefined if nothing does. */
function toDeliveryListener({ metrics, tracing, database }: GraphqlParts): OnDelivery | undefined {
  const trace =
    tracing &&
    traceDeliveries(tracing, async (tenantId, position) => {
      const event = await createLoaders(database).eventBody.load({ tenantId, id: position });
      return event?.raw ?? undefined;
    });
  if (metrics === undefined) return trace;
  return (report) => {
    metrics.recordDeliveries(report);
    trace?.(report);
  };
}
