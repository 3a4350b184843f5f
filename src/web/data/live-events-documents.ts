import { graphql } from '../graphql.ts';

export const LogHeadDocument = graphql(`
  query LogHead { eventLog { headCursor } }
`);

export const LiveEventsDocument = graphql(`
  subscription LiveEvents($after: String!) { eventStored(after: $after) { cursor } }
`);
