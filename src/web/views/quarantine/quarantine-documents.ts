import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** A page of the quarantine, in the order of arrival. */
export const QuarantineDocument = graphql(`
  query Quarantine($where: QuarantinedEventFilter!, $first: Int!, $after: String) {
    eventLog { headCursor }
    quarantinedEvents(where: $where, first: $first, after: $after) {
      totalCount
      pageInfo { endCursor hasNextPage }
      nodes { id tenantId receivedAt raw problems { code message path } }
    }
  }
`);

export type QuarantinedItem = ResultOf<typeof QuarantineDocument>['quarantinedEvents']['nodes'][number];

/** Tries items again. */
export const RetryDocument = graphql(`
  mutation Retry($input: RetryQuarantinedEventsInput!) {
    retryQuarantinedEvents(input: $input) {
      stored
      duplicates
      conflicts
      quarantined
      rejected
      nextCursor
    }
  }
`);

/** Deletes items. */
export const DiscardDocument = graphql(`
  mutation Discard($input: DiscardQuarantinedEventsInput!) {
    discardQuarantinedEvents(input: $input) { discarded }
  }
`);
