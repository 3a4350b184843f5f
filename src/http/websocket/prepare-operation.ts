import { GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Logger } from 'pino';
import { Refusal } from '../../domain/refusal.ts';
import { toClientError } from '../../execution/client-error.ts';
import type { PushTarget } from '../../execution/live/broadcast-groups.ts';
import type { SubscribeArgs } from '../../execution/live/subscribe.ts';
import { setDefaultCode, toGraphqlError } from '../../graphql/refusal-error.ts';
import type { RequestIds } from '../../graphql/request-ids.ts';
import type { Yoga } from '../create-yoga.ts';
import type { Admission } from '../identity/gate.ts';
import type { DocumentSource } from '../persisted/persisted-queries.ts';

type Enveloped = ReturnType<Yoga['getEnveloped']>;
type Result = Awaited<ReturnType<Enveloped['execute'] | Enveloped['subscribe']>>;

/** A validated operation that can be run once. */
export interface Operation {
  isSubscription: boolean;
  /**
   * Resolves to one result, or to a stream of results. `push` is where results may be pushed
   * to.
   */
  run(push: PushTarget): Promise<Result>;
}

/**
 * Parses and validates an operation as the HTTP endpoint does; returns errors if it is
 * refused.
 */
export function prepareOperation(
  { yoga, documents, log }: { yoga: Yoga; documents: DocumentSource; log: Logger },
  admission: Admission,
  payload: SubscribePayload,
  ids: RequestIds,
): Operation | readonly GraphQLError[] {
  const { operationName, variables } = payload;
  const enveloped = yoga.getEnveloped({ admission, ids });
  try {
    const document = enveloped.parse(documents.find(payload) ?? payload.query);
    const errors = enveloped.validate(enveloped.schema, document) as GraphQLError[];
    if (errors.length > 0) return errors;
    const operation = getOperationAST(document, operationName);
    if (!operation) return [unknownOperation()];
    const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION;
    return {
      isSubscription,
      async run(push) {
        const args: SubscribeArgs = {
          schema: enveloped.schema,
          document,
          operationName: operationName ?? null,
          variableValues: variables ?? null,
          contextValue: await enveloped.contextFactory(),
          push,
        };
        return isSubscription ? enveloped.subscribe(args) : enveloped.execute(args);
      },
    };
  } catch (error) {
    if (error instanceof GraphQLError) setDefaultCode(error, 'GRAPHQL_PARSE_FAILED');
    return [toClientError(error, log, ids)];
  }
}

/** The same error as Yoga's over HTTP. */
function unknownOperation(): GraphQLError {
  const message = 'Could not determine what operation to execute.';
  return toGraphqlError(new Refusal('OPERATION_RESOLUTION_FAILURE', message));
}
