/**
 * Incremented when this code derives other rows from the same events than before. Rows of an
 * older version stay unchanged until `npm run rebuild`; the service warns about them when it
 * starts.
 */
export const PROJECTION_VERSION = 2;
