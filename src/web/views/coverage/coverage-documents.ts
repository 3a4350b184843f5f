import type { ResultOf } from 'gql.tada';
import { graphql } from '../../graphql.ts';

/** The checked days of a range, and when the log's oldest event took place. */
export const CoverageDocument = graphql(`
  query Coverage($from: Date!, $to: Date!) {
    coverage(from: $from, to: $to) {
      date
      checkedAt
      upstreamCount
      storedCount
      recoveredCount
      isComplete
    }
    events(first: 1, orderBy: [{ field: TIME, direction: ASC }]) { nodes { time } }
  }
`);

export type CheckedDay = ResultOf<typeof CoverageDocument>['coverage'][number];
