/**
 * Counts up whenever this code makes other rows than before of the same events: it reads more of them, or merges otherwise. Rows of
 * an older version stay as they are until `npm run rebuild`; the service says so when it starts.
 */
export const PROJECTION_VERSION = 2;
