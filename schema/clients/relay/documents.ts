// The documents for relay-compiler, which writes a module for each to `__generated__`. Nothing
// imports this file. A program that is built with babel-plugin-relay has them beside their use.

import { graphql } from 'relay-runtime';

// `headCursor` is read before the list, so a subscription after it delivers what the list lacks.
graphql`
  query documentsPageQuery($after: String) {
    eventLog {
      headCursor
    }
    automationRuns(first: 20, after: $after) {
      nodes {
        id
        runId
        status
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

graphql`
  query documentsStatisticsQuery {
    automationRunStats(groupBy: [OUTCOME], orderBy: [{ field: COUNT, direction: DESC }]) {
      outcome
      count
    }
  }
`;

graphql`
  subscription documentsEndedSubscription($after: String!) {
    automationRunEnded(after: $after) {
      cursor
      event {
        position
      }
      run {
        id
        runId
        status
      }
    }
  }
`;
