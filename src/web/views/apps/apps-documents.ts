import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** A page of apps with their last reloads. */
export const AppsDocument = graphql(`
  query Apps(
    $where: AppFilter!
    $orderBy: [AppOrder!]!
    $includeDeleted: Boolean!
    $first: Int!
    $after: String
  ) {
    eventLog { headCursor }
    apps(
      where: $where
      orderBy: $orderBy
      includeDeleted: $includeDeleted
      first: $first
      after: $after
    ) {
      pageInfo { endCursor hasNextPage }
      nodes {
        appId
        name
        ownerName
        isPublished
        isDeleted
        modifiedDate
        lastReloadTime
        lastEventAt
        size { fileBytes memoryBytes }
        lastReload { status occurredAt durationMs peakMemoryBytes errors }
      }
    }
  }
`);

export type AppRow = ResultOf<typeof AppsDocument>['apps']['nodes'][number];

/** The number of apps, and of those whose last reload failed. */
export const AppsTotalDocument = graphql(`
  query AppsTotal($where: AppFilter!, $failing: AppFilter!, $stale: AppFilter!, $includeDeleted: Boolean!) {
    shown: apps(where: $where, includeDeleted: $includeDeleted, first: 1) { totalCount }
    failing: apps(where: $failing, first: 1) { totalCount }
    stale: apps(where: $stale, first: 1) { totalCount }
  }
`);

/** Each event about an app. */
export const AppsFeedDocument = graphql(`
  subscription AppsFeed($after: String!) {
    appChanged(after: $after) { cursor app { appId } }
  }
`);
