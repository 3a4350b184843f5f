import { graphql } from '../../graphql.ts';

/** The numbers of the overview, over exactly the runs and reloads of the range. */
export const OverviewDocument = graphql(`
  query Overview(
    $where: AutomationRunFilter!
    $reloads: AppReloadFilter!
    $interval: TimeInterval!
    $timeZone: String!
    $fill: Boolean!
  ) {
    total: automationRunStats(where: $where) {
      count
      successCount
      failureCount
      duration { p50 p95 }
      totalApiCalls
    }
    byOutcome: automationRunStats(where: $where, groupBy: [OUTCOME]) { outcome count }
    byTime: automationRunStats(where: $where, interval: $interval, timeZone: $timeZone, first: 5000
      fill: $fill) {
      bucketStart
      count
      failureCount
    }
    reloads: appReloadStats(where: $reloads) { count succeededCount failedCount duration { p95 } }
    reloadsByTime: appReloadStats(
      where: $reloads
      interval: $interval
      timeZone: $timeZone
      first: 5000
      fill: $fill
    ) {
      bucketStart
      count
      failedCount
    }
  }
`);

const TileFragment = graphql(`
  fragment Tile on Automation {
    automationId
    name
    lastRunAt
    runs(first: 30) { nodes { runId title outcome statusName durationMs occurredAt } }
    runStats(where: $runs) { count failureCount duration { p95 } }
  }
`);

/** The automations as tiles: those whose last run failed, and the others. */
export const TilesDocument = graphql(
  `
    query Tiles(
      $first: Int!
      $failing: AutomationFilter!
      $others: AutomationFilter!
      $runs: AutomationRunFilter!
    ) {
      failing: automations(first: $first, where: $failing) { totalCount nodes { ...Tile } }
      others: automations(first: $first, where: $others) { totalCount nodes { ...Tile } }
    }
  `,
  [TileFragment],
);

const TickerFragment = graphql(`
  fragment TickerEvent on Event {
    __typename
    id
    typeName
    time
    position
    ... on AutomationRunEndedEvent {
      run { runId title outcome status durationMs automationId }
    }
    ... on AppReloadFinishedEvent {
      reload { appId appName status durationMs }
    }
    ... on AppCreatedEvent { app { appId name } }
    ... on AppDeletedEvent { app { appId name } }
    ... on AppDataUpdatedEvent { app { appId name } }
    ... on AppExportedEvent { app { appId name } }
    ... on AppPublishedEvent { app { appId name } }
  }
`);

/** The newest events, and the cursor after them. */
export const TickerDocument = graphql(
  `
    query Ticker {
      eventLog { headCursor }
      events(first: 12) { nodes { ...TickerEvent } }
    }
  `,
  [TickerFragment],
);

/** Each further event. */
export const TickerFeedDocument = graphql(
  `
    subscription TickerFeed($after: String!) {
      eventStored(after: $after) { cursor event { ...TickerEvent } }
    }
  `,
  [TickerFragment],
);
