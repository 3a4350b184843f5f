import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

const RunRowFragment = graphql(`
  fragment RunRow on AutomationRun {
    runId
    title
    automationId
    automation { name }
    outcome
    status
    statusName
    context
    occurredAt
    durationMs
    queuedMs
    totalApiCalls
    network { rxBytes txBytes }
  }
`);

/** A page of runs. The cursor of the log is that of the same read. */
export const RunsDocument = graphql(
  `
    query Runs($where: AutomationRunFilter!, $orderBy: [AutomationRunOrder!]!, $first: Int!, $after: String) {
      eventLog { headCursor }
      automationRuns(where: $where, orderBy: $orderBy, first: $first, after: $after) {
        nodes { ...RunRow }
        pageInfo { endCursor hasNextPage }
      }
    }
  `,
  [RunRowFragment],
);

export type RunRow = ResultOf<typeof RunsDocument>['automationRuns']['nodes'][number];

/** The numbers of exactly the runs that the list shows. */
export const RunsTotalDocument = graphql(`
  query RunsTotal($where: AutomationRunFilter!) {
    automationRunStats(where: $where) {
      count
      failureCount
      duration { p50 p95 }
      totalApiCalls
      rxBytes
      txBytes
    }
  }
`);

/** Each further run that the list would show. */
export const RunsFeedDocument = graphql(
  `
    subscription RunsFeed($where: AutomationRunFilter!, $after: String!) {
      automationRunEnded(where: $where, after: $after) { cursor run { ...RunRow } }
    }
  `,
  [RunRowFragment],
);
