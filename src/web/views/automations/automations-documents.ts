import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** A page of automations with their last runs. */
export const AutomationsDocument = graphql(`
  query Automations(
    $where: AutomationFilter!
    $orderBy: [AutomationOrder!]!
    $first: Int!
    $after: String
  ) {
    eventLog { headCursor }
    automations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
      pageInfo { endCursor hasNextPage }
      nodes {
        automationId
        name
        lastRunAt
        lastRun { runId title outcome statusName ownerName }
        runs(first: 20) { nodes { runId outcome durationMs occurredAt } }
      }
    }
  }
`);

export type AutomationRow = ResultOf<typeof AutomationsDocument>['automations']['nodes'][number];

/** Numbers of some automations, over the runs of the range. */
export const AutomationStatsDocument = graphql(`
  query AutomationStats($ids: [ID!]!, $runs: AutomationRunFilter!, $first: Int!) {
    automations(where: { automationId: { in: $ids } }, first: $first) {
      nodes {
        automationId
        runStats(where: $runs) { count successCount failureCount duration { p95 } }
      }
    }
  }
`);

export type AutomationStats = ResultOf<
  typeof AutomationStatsDocument
>['automations']['nodes'][number]['runStats'][number];

/** The number of automations in each state, and those that failed most in the range. */
export const AutomationsTotalDocument = graphql(`
  query AutomationsTotal(
    $where: AutomationFilter!
    $failing: AutomationFilter!
    $idle: AutomationFilter!
    $runs: AutomationRunFilter!
  ) {
    shown: automations(where: $where, first: 1) { totalCount }
    failing: automations(where: $failing, first: 1) { totalCount }
    idle: automations(where: $idle, first: 1) { totalCount }
    worst: automationRunStats(
      where: $runs
      groupBy: [AUTOMATION]
      orderBy: [{ field: FAILURE_COUNT }]
      first: 4
    ) {
      automationId
      automation { name }
      count
      failureCount
    }
  }
`);

/** Each run that ends. */
export const AutomationsFeedDocument = graphql(`
  subscription AutomationsFeed($after: String!) {
    automationRunEnded(after: $after) { cursor run { automationId } }
  }
`);
