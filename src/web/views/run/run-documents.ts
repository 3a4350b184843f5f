import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

const BlockRowFragment = graphql(`
  fragment BlockRow on Block {
    ordinal
    type
    typeName
    blockName
    rxBytes
    txBytes
    apiCalls
    durationMs
    connectorId
    connectorName
  }
`);

/** One run with its blocks and events, and the cursor of the same read. */
export const RunDocument = graphql(
  `
  query Run($runId: ID!) {
    eventLog { headCursor }
    place: automationRuns(where: { runId: { eq: $runId } }, first: 1) { edges { cursor } }
    automationRun(runId: $runId) {
      runId
      title
      automationId
      automation { name }
      status
      statusName
      outcome
      context
      contextName
      billable
      isTestRun
      isArchived
      executedById
      ownerId
      spaceId
      createdAt
      scheduledStartTime
      startTime
      stopTime
      occurredAt
      durationMs
      queuedMs
      network { rxBytes txBytes }
      totalApiCalls
      blocks(first: 100) {
        totalCount
        pageInfo { endCursor hasNextPage }
        nodes { ...BlockRow }
      }
      lastBlock: blocks(last: 1) { nodes { ...BlockRow } }
      events(first: 20) {
        totalCount
        nodes { id eventId typeName time receivedAt position raw warnings { code message path } }
      }
    }
  }
`,
  [BlockRowFragment],
);

export type Run = NonNullable<ResultOf<typeof RunDocument>['automationRun']>;

export type Block = Run['blocks']['nodes'][number];

/** Further blocks of a run. */
export const BlocksDocument = graphql(
  `
    query RunBlocks($runId: ID!, $after: String) {
      automationRun(runId: $runId) {
        blocks(first: 100, after: $after) {
          pageInfo { endCursor hasNextPage }
          nodes { ...BlockRow }
        }
      }
    }
  `,
  [BlockRowFragment],
);

/**
 * The runs of the same automation beside the run, whose cursor in the list is `cursor`: newest
 * first, so the previous run comes after it.
 */
export const NeighboursDocument = graphql(`
  query Neighbours($where: AutomationRunFilter!, $cursor: String!) {
    previous: automationRuns(where: $where, first: 1, after: $cursor) {
      nodes { runId outcome occurredAt }
    }
    next: automationRuns(where: $where, last: 1, before: $cursor) {
      nodes { runId outcome occurredAt }
    }
  }
`);

/** Each further event of the run. */
export const RunFeedDocument = graphql(`
  subscription RunFeed($runId: ID!, $after: String!) {
    automationRunEnded(where: { runId: { eq: $runId } }, after: $after) { cursor }
  }
`);
