import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** One automation, and the numbers of exactly the runs that its list shows. */
export const AutomationDocument = graphql(`
  query Automation(
    $automationId: ID!
    $where: AutomationRunFilter!
    $failed: AutomationRunFilter!
    $interval: TimeInterval!
    $timeZone: String!
    $fill: Boolean!
  ) {
    automation(automationId: $automationId) {
      automationId
      name
      lastRunAt
      lastRun {
        runId
        title
        outcome
        statusName
        status
        occurredAt
        durationMs
        ownerId
        ownerName
        spaceId
        spaceName
        events(first: 1) { nodes { raw } }
      }
      lastFailed: runs(first: 1, where: { outcome: { eq: FAILURE } }) { nodes { runId occurredAt } }
    }
    total: automationRunStats(where: $where) {
      count
      successCount
      failureCount
      billableCount
      duration { p50 p95 max }
      totalApiCalls
      rxBytes
      txBytes
    }
    byTime: automationRunStats(
      where: $where
      interval: $interval
      timeZone: $timeZone
      first: 5000
      fill: $fill
    ) {
      bucketStart
      count
      failureCount
      duration { p50 p95 }
    }
    byHour: automationRunStats(where: $failed, interval: HOUR, timeZone: $timeZone, first: 10000) {
      bucketStart
      count
    }
  }
`);

export type AutomationData = ResultOf<typeof AutomationDocument>;
