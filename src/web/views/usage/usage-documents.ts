import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** What the runs of the range cost: in all, over time and by automation. */
export const UsageDocument = graphql(`
  query Usage(
    $where: AutomationRunFilter!
    $interval: TimeInterval!
    $timeZone: String!
    $fill: Boolean!
    $first: Int!
    $runOrder: [AutomationRunStatsOrder!]!
  ) {
    total: automationRunStats(where: $where) { count billableCount totalApiCalls rxBytes txBytes }
    byTime: automationRunStats(
      where: $where
      interval: $interval
      timeZone: $timeZone
      first: 5000
      fill: $fill
    ) {
      bucketStart
      billableCount
      totalApiCalls
      rxBytes
      txBytes
    }
    byAutomation: automationRunStats(
      where: $where
      groupBy: [AUTOMATION]
      orderBy: $runOrder
      first: $first
    ) {
      automationId
      automation { name }
      billableCount
      totalApiCalls
      rxBytes
      txBytes
    }
  }
`);

/**
 * What the blocks of the same runs cost, in all and by connector. It is a query of its own: there
 * are many more blocks than runs.
 */
export const ConnectorUsageDocument = graphql(`
  query ConnectorUsage($blocks: BlockFilter!, $first: Int!, $blockOrder: [BlockStatsOrder!]!) {
    ofBlocks: blockStats(where: $blocks) { runCount apiCalls rxBytes txBytes }
    byConnector: blockStats(where: $blocks, groupBy: [CONNECTOR], orderBy: $blockOrder, first: $first) {
      connectorId
      connectorName
      runCount
      apiCalls
      rxBytes
      txBytes
    }
  }
`);

export type UsageData = ResultOf<typeof UsageDocument>;
export type ConnectorUsageData = ResultOf<typeof ConnectorUsageDocument>;
export type RunOrderField = VariablesOf<typeof UsageDocument>['runOrder'][number]['field'];
export type BlockOrderField = VariablesOf<typeof ConnectorUsageDocument>['blockOrder'][number]['field'];

/** This month so far, last month up to the same time, and all of last month. */
export const MonthsDocument = graphql(`
  query Months(
    $thisMonth: AutomationRunFilter!
    $sameTime: AutomationRunFilter!
    $lastMonth: AutomationRunFilter!
  ) {
    thisMonth: automationRunStats(where: $thisMonth) {
      count
      billableCount
      totalApiCalls
      rxBytes
      txBytes
    }
    sameTime: automationRunStats(where: $sameTime) {
      count
      billableCount
      totalApiCalls
      rxBytes
      txBytes
    }
    lastMonth: automationRunStats(where: $lastMonth) {
      count
      billableCount
      totalApiCalls
      rxBytes
      txBytes
    }
  }
`);

export type MonthStats = ResultOf<typeof MonthsDocument>['thisMonth'][number];
