import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** One app with its newest events, and the numbers of exactly the reloads that its list shows. */
export const AppDocument = graphql(`
  query App(
    $appId: ID!
    $where: AppReloadFilter!
    $interval: TimeInterval!
    $timeZone: String!
    $fill: Boolean!
  ) {
    app(appId: $appId) {
      appId
      name
      description
      owner
      ownerId
      ownerName
      spaceId
      spaceName
      isPublished
      publishTime
      hasSectionAccess
      originAppId
      originApp { name }
      createdDate
      modifiedDate
      lastReloadTime
      lastExportedAt
      lastEventAt
      isDeleted
      deletedAt
      size { fileBytes memoryBytes }
      lastReload { status statusName occurredAt durationMs errors warnings }
      events(first: 20) {
        totalCount
        nodes { id eventId typeName time position raw warnings { code message path } }
      }
    }
    total: appReloadStats(where: $where) {
      count
      succeededCount
      failedCount
      duration { p50 p95 max }
      maxPeakMemoryBytes
    }
    byTime: appReloadStats(
      where: $where
      interval: $interval
      timeZone: $timeZone
      first: 5000
      fill: $fill
    ) {
      bucketStart
      count
      failedCount
      duration { p50 p95 }
      maxPeakMemoryBytes
    }
  }
`);

export type AppData = ResultOf<typeof AppDocument>;
export type App = NonNullable<AppData['app']>;

const ReloadRowFragment = graphql(`
  fragment ReloadRow on AppReload {
    id
    reloadId
    status
    statusName
    occurredAt
    durationMs
    peakMemoryBytes
    memoryBytes
    errors
    warnings
  }
`);

/** A page of reloads. The cursor of the log is that of the same read. */
export const ReloadsDocument = graphql(
  `
    query Reloads($where: AppReloadFilter!, $orderBy: [AppReloadOrder!]!, $first: Int!, $after: String) {
      eventLog { headCursor }
      appReloads(where: $where, orderBy: $orderBy, first: $first, after: $after) {
        nodes { ...ReloadRow }
        pageInfo { endCursor hasNextPage }
      }
    }
  `,
  [ReloadRowFragment],
);

export type ReloadRow = ResultOf<typeof ReloadsDocument>['appReloads']['nodes'][number];

/** Each further event about the app; a reload with its row. */
export const AppFeedDocument = graphql(
  `
    subscription AppFeed($appId: ID!, $after: String!) {
      appChanged(where: { appId: { eq: $appId } }, after: $after) {
        cursor
        event { __typename ... on AppReloadFinishedEvent { reload { ...ReloadRow } } }
      }
    }
  `,
  [ReloadRowFragment],
);
