import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** What the runs of the range cost: in all, over time, by automation and by connector. */
export const UsageDocument = graphql(`
  query Usage(
    $where: AutomationRunFilter!
    $blocks: BlockFilter!
    $interval: TimeInterval!
    $timeZone: String!
    $fill: Boolean!
    $first: Int!
    $runOrder: [AutomationRunStatsOrder!]!
    $blockOrder: [BlockStatsOrder!]!
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
export type RunOrderField = VariablesOf<typeof UsageDocument>['runOrder'][number]['field'];
export type BlockOrderField = VariablesOf<typeof UsageDocument>['blockOrder'][number]['field'];

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
